"""Dask: a cluster that is there, or one of this machine alone."""

from __future__ import annotations

import importlib.util
import logging
import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from capacity.assess.run import assess
from capacity.errors import Fault, InputError, missing_extra

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from capacity.assess.result import Assessment
    from capacity.norms.model import NormSet
    from capacity.parts.run import Progress
    from capacity.study_area import StudyArea

LOCAL: Final = "local"
"""Address of a cluster of this machine."""

_TIMEOUT_S: Final = 30


def check_dask() -> None:
    """Check that Dask is there, before the work is done.

    Raises
    ------
    MissingExtraError
        Without the extra ``dask``.
    """
    if importlib.util.find_spec("distributed") is None:
        raise missing_extra("dask", "An assessment in parts")


@contextmanager
def client_at(address: str, *, n_workers: int | None = None) -> Iterator[Any]:
    """Connect to a cluster, or start one on this machine, for as long as it is needed.

    Parameters
    ----------
    address
        Of a scheduler, such as ``tcp://10.0.0.1:8786``; or ``local``.
    n_workers
        Processes of a local cluster; one for each core if not given. They listen on the loopback device
        alone.

    Yields
    ------
    distributed.Client
        Connected.

    Raises
    ------
    MissingExtraError
        Without the extra ``dask``.
    InputError
        Nothing answers at the address.
    """
    check_dask()
    from distributed import Client, LocalCluster

    if address != LOCAL:
        # what it logs with tracebacks when the scheduler is lost is told as a fault
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            client = Client(address, timeout=_TIMEOUT_S)
        except (OSError, ValueError, TimeoutError) as error:
            fault = Fault(
                severity="error",
                code="parts.no_cluster",
                message=f"no Dask scheduler answers at {address} ({type(error).__name__}).",
                mend=f"Start one, or check the address; '{LOCAL}' uses this machine alone.",
            )
            raise InputError("The parts cannot be computed:", [fault]) from error
        with client:
            yield client
        return
    with (
        tempfile.TemporaryDirectory(prefix="capacity-dask-") as scratch,
        LocalCluster(
            n_workers=n_workers or os.cpu_count() or 1,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            local_directory=scratch,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def assessed_at(
    address: str,
    area: StudyArea,
    norms: NormSet,
    *,
    folder: Path,
    resume: bool,
    progress: Progress,
) -> Assessment:
    """Assess an area on a cluster, or here where none is named.

    Parameters
    ----------
    address
        As for ``client_at``; empty for this process alone.
    area, norms, folder, resume, progress
        As for ``assess``.

    Returns
    -------
    Assessment
        The same wherever it was computed.
    """
    if not address:
        return assess(area, norms, progress=progress)
    with client_at(address) as client:
        return assess(area, norms, client=client, folder=folder, resume=resume, progress=progress)
