"""What the page of measurements says beside the numbers: why a cost is there, and memory budgets."""

from __future__ import annotations

from typing import Final

STEPS: Final = {
    "start": (
        "python",
        "import capacity",
        "import: geopandas",
        "import: tobler",
        "import: PySAL access",
        "help",
        "norms list",
    ),
    "kernels": ("kernels", "kernels-walk"),
    "costs": ("costs", "costs-walk"),
}
BUDGET_MB: Final[dict[str, int]] = {
    "split": 150,
    "calibrate": 150,
    "coverage 300 m": 150,
    "pairs 1 km": 250,
    "pairs-2km": 600,
    "sets 1 km": 250,
    "sets-2km": 600,
    "allocation 1 km": 250,
    "allocation-2km": 400,
    "2sfca 1 km": 250,
    "2sfca-2km": 400,
    "walk-snap": 150,
    "walk-nearest 1 km": 150,
    "walk-pairs 1 km": 250,
    "walk-pairs-2km": 400,
    "assess": 400,
    "assess-walk": 1200,
    "catalogue": 500,
    "outputs": 600,
}
COSTS: Final[dict[str, str]] = {}
