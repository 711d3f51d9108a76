"""Steps taken ahead: some at a time in threads, as GDAL and NumPy leave Python to others, or by helpers."""

from __future__ import annotations

import contextlib
from collections import deque
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    Item = TypeVar("Item")
    Found = TypeVar("Found")

THREADS: Final = 2
"""Steps under way at once; each holds what it works on in memory."""


class Helper(Protocol):
    """Who may take steps: a ``distributed.Client`` or a ``concurrent.futures.Executor``."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Run a function somewhere, and give a future."""


def in_order(function: Callable[[Item], Found], items: Iterable[Item]) -> Iterator[Found]:
    """Apply a function to items, a few at a time.

    Parameters
    ----------
    function
        Changes nothing that another call uses.
    items
        Asked for one after the other, as late as possible.

    Yields
    ------
    Found
        What the function gives of each, in their order; an error is raised in its place.

    Examples
    --------
    >>> list(in_order(abs, [3, -1, -2]))
    [3, 1, 2]
    """
    under_way: deque[Future[Found]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for item in items:
                under_way.append(threads.submit(function, item))
                if len(under_way) == THREADS:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for one in under_way:
                one.cancel()


def begun(
    function: Callable[[Item], Found], items: Iterable[Item], helper: Helper | None = None
) -> Callable[[], Iterator[Found]]:
    """Have a function applied to items while this process does something else.

    Parameters
    ----------
    function
        Changes nothing; workers can import it.
    items
        All of them are handed to the helper at once.
    helper
        Who applies it. Without one nothing begins until the results are asked for.

    Returns
    -------
    callable
        Gives what ``in_order`` gives. What a helper cannot do is done here: an error is that of the
        function in this process.

    Examples
    --------
    >>> with ThreadPoolExecutor(1) as helper:
    ...     results = begun(abs, [3, -1, -2], helper)
    ...     list(results())
    [3, 1, 2]
    """
    every = list(items)
    if helper is None:
        return lambda: in_order(function, every)
    futures = [_submitted(helper, function, item) for item in every]

    def results() -> Iterator[Found]:
        """Wait for one after the other."""
        try:
            for item, future in zip(every, futures, strict=True):
                yield _result(function, item, future)
        finally:
            for future in futures:
                with contextlib.suppress(Exception):  # of a cluster that is gone
                    future.cancel()

    return results


def _submitted(helper: Helper, function: Callable[[Item], Found], item: Item) -> Any:
    pure = {} if isinstance(helper, Executor) else {"pure": False}
    with contextlib.suppress(Exception):  # each release of a cluster has other errors for its end
        return helper.submit(function, item, **pure)
    return None


def _result(function: Callable[[Item], Found], item: Item, future: Any) -> Found:
    with contextlib.suppress(
        Exception
    ):  # whatever it was, it is met here again if it was no accident
        if future is not None:
            found: Found = future.result()
            return found
    return function(item)
