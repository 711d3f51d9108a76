"""Where the processor time of a whole assessment goes: by the function of ours that is at work.

Every two milliseconds of processor time the innermost function of ``capacity`` on the stack is
charged with what was used since; what libraries do for it counts as its own.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import capacity
from tests.benchmarks.whole import area_of, norms_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from capacity.example.frames import SyntheticCity

_EVERY_S = 0.002
_NAMED = 15
_HOME = str(Path(capacity.__file__).parent)


class _Charges:
    """Processor time by function; a context in which it is counted."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = 0.0

    def charge(self, _signal: int, frame: FrameType | None) -> None:
        now = time.process_time()
        while frame is not None and not frame.f_code.co_filename.startswith(_HOME):
            frame = frame.f_back
        if frame is not None:
            module = str(Path(frame.f_code.co_filename).relative_to(_HOME).with_suffix(""))
            name = f"{module.replace('/', '.')}.{frame.f_code.co_qualname.split('.<')[0]}"
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now

    def __enter__(self) -> dict[str, float]:
        self.last = time.process_time()
        signal.signal(signal.SIGPROF, self.charge)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
        return self.seconds

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def costs(town: SyntheticCity, *, on_foot: bool = False) -> Callable[[], dict[str, float]]:
    """Ours: every norm of Zhengzhou; how many seconds the functions of ours that cost most took."""
    from capacity.assess.run import assess

    area, norms = area_of(town, on_foot=on_foot), norms_of()

    def run() -> dict[str, float]:
        worked = time.process_time()
        with _Charges() as seconds:
            assess(area, norms)
        largest = sorted(seconds.items(), key=lambda one: -one[1])[:_NAMED]
        return {"check": time.process_time() - worked, **dict(largest)}

    return run
