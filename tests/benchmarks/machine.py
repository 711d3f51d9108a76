"""What the numbers were measured with: versions and the machine, without names of hosts or paths."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "facility-capacity",
    "numpy",
    "scipy",
    "pandas",
    "shapely",
    "geopandas",
    "rasterio",
    "exactextract",
    "pyarrow",
    "XlsxWriter",
    "highspy",
    "tobler",
    "rasterstats",
    "access",
    "pandana",
    "spopt",
)
_MEMORY = Path("/proc/meminfo")
_PROCESSOR = Path("/proc/cpuinfo")


def versions() -> dict[str, str]:
    """Give the versions of the packages that are installed."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int | float]:
    """Give the processor's model, cores and memory, and how busy the machine is with all else."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def busy() -> float:
    """Give the mean number of processes that wanted a core in the last minute; 0 if not known."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else 0.0


def _processor() -> str:
    if _PROCESSOR.exists():
        for line in _PROCESSOR.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    if not _MEMORY.exists():
        return 0.0
    kib = next(line for line in _MEMORY.read_text().splitlines() if line.startswith("MemTotal"))
    return round(float(kib.split()[1]) / 2**20)
