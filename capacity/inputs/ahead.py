"""Some steps at a time, in threads: GDAL and NumPy leave Python to others while they work."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    Item = TypeVar("Item")
    Found = TypeVar("Found")

THREADS: Final = 2
"""Steps under way at once; each holds what it works on in memory."""


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
