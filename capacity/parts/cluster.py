"""Dask: a cluster that is there, or one of this machine alone."""

from __future__ import annotations

import importlib.util
import logging
import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from capacity.errors import Fault, InputError, missing_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL: Final = "local"
"""Address of a cluster of this machine."""

_TIMEOUT_S: Final = 30
_WATCH: Final = {
    # how often the processes of a cluster look at themselves: at its own pace Dask wakes each of them
    # some hundred times a second, in the way of the parts; nothing of it is shown to anybody
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.worker.profile.enabled": False,
}


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
def client_at(
    address: str, *, n_workers: int | None = None, memory_limit: str = "auto"
) -> Iterator[Any]:
    """Connect to a cluster, or start one on this machine, for as long as it is needed.

    Parameters
    ----------
    address
        Of a scheduler, such as ``tcp://10.0.0.1:8786``; or ``local``; empty for this process alone.
    n_workers
        Processes of a local cluster; one for each core if not given. They listen on the loopback device
        alone.
    memory_limit
        Of each process of a local cluster, such as ``2GiB``; the memory of this machine divided among
        them if not given.

    Yields
    ------
    distributed.Client or None
        Connected; None for this process alone.

    Raises
    ------
    MissingExtraError
        Without the extra ``dask``.
    InputError
        Nothing answers at the address.
    """
    if not address:
        yield None
        return
    check_dask()
    import dask
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
        dask.config.set(_WATCH),
        LocalCluster(
            n_workers=n_workers or os.cpu_count() or 1,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            local_directory=scratch,
            memory_limit=memory_limit,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
