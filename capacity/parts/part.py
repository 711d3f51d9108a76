"""One part of an area: what it is given, and how it answers. This runs on the workers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from capacity.assess.context import Circle, Context, cell_numbers
from capacity.assess.pockets import pockets_of
from capacity.parts.tables import joined, table_of
from capacity.reach.walking import WalkingReach

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    import pyarrow as pa
    from numpy.typing import NDArray

    from capacity.assess.answers import CircleKey, Question
    from capacity.assess.people import Beside
    from capacity.parts.cells import GridStore, Window
    from capacity.parts.edges import NetworkNear
    from capacity.reach.limits import Limit
    from capacity.study_area import StudyArea


@dataclass(frozen=True)
class Places:
    """Facilities near a part.

    Attributes
    ----------
    points
        Where they are, shape (n,).
    numbers
        Their positions among those of the whole area, ascending, shape (n,).
    """

    points: NDArray[Any]
    numbers: NDArray[np.int64]

    def __reduce__(self) -> tuple[Any, ...]:
        """Send places all at once: thousands of points one by one take a second of the driver."""
        return _places, (shapely.to_wkb(self.points), self.numbers)


def _places(points: NDArray[Any], numbers: NDArray[np.int64]) -> Places:
    return Places(shapely.from_wkb(points), numbers)


@dataclass(frozen=True)
class Task:
    """A question as a part is asked it.

    Attributes
    ----------
    number
        Of the question.
    question
        Its name.
    limit, walked
        How far the circle reaches, and whether along the network.
    per_person, meant, case
        As in ``Asked``.
    """

    number: int
    question: Question
    limit: Limit | None = None
    walked: bool = False
    per_person: Decimal | None = None
    meant: frozenset[str] = frozenset()
    case: int = 0


@dataclass(frozen=True, kw_only=True)
class Part:
    """Units that are taken together, and what lies near them.

    Attributes
    ----------
    number
        Of the part, from 1.
    codes
        Units that it answers for.
    area
        The study area cut down to them: without facilities, and without population where that is read
        through a window.
    beside
        What lies beside them.
    grid, window
        Where their cells are read.
    places
        Case, service and name of circles → facilities within the largest reach of the part.
    network
        Where the walking network near them is read, where one is needed.
    tasks
        Questions.
    """

    number: int
    codes: tuple[str, ...]
    area: StudyArea
    beside: Beside
    grid: GridStore | None = None
    window: Window | None = None
    places: dict[tuple[int, str, str], Places] = field(default_factory=dict)
    network: NetworkNear | None = None
    tasks: tuple[Task, ...] = ()


def answer(part: Part) -> pa.Table:
    """Answer every question for the units of a part.

    Parameters
    ----------
    part
        The part; its cells are read here.

    Returns
    -------
    Table
        Answers as ``tables`` lays them out.
    """
    area = part.area
    if part.grid is not None and part.window is not None:
        area = replace(area, population=part.grid.read(part.window))
    if part.network is not None:
        area = replace(area, network=part.network.read())
    context = Context(area, (), beside=part.beside)
    return joined(
        table_of(task.number, task.question, _answer(context, part, task))
        for task in part.tasks
        if not context.people_of.drawn(task.question.tier).empty
    )


def _answer(context: Context, part: Part, task: Task) -> Any:
    """Answer one question by the functions that answer it for a whole area."""
    question, people = task.question, context.people_of
    simple: dict[str, Callable[[str, str], Any]] = {
        "sums": people.sums,
        "known": people.known,
        "scaling": people.scaling,
        "account": people.account,
        "off": lambda tier, _: context.off_rows(tier),
        "walkers": lambda tier, _: _starts(context, tier),
    }
    if question.kind in simple:
        return simple[question.kind](question.tier, question.group)
    circle, near = _circle(context, part, task, question.circle)
    if question.kind == "covered":
        return context.inside(question.tier, question.group, circle)
    if question.kind == "pockets":
        return pockets_of(context, question.tier, question.group, circle, task.meant)
    if question.kind != "taken" or task.per_person is None:
        raise AssertionError(f"no part answers {question}")
    sets = context.taken(question.tier, circle, task.per_person)
    return sets, people.drawn(question.tier).index, near.numbers


def _circle(
    context: Context, part: Part, task: Task, key: CircleKey | None
) -> tuple[Circle, Places]:
    if key is None or task.limit is None:
        raise AssertionError(f"{task.question} has no circle")
    service, name = key[:2]
    near = part.places[task.case, service, name]
    reach = context.on_foot if task.walked else context.straight
    # one name is one set of facilities, and each case has its own
    own = f"{name} {task.case}"
    return Circle(service, own, near.points, task.limit, reach), near


def _starts(context: Context, tier: str) -> tuple[tuple[int, int, int, float], pd.DataFrame]:
    """Count starting points, and list those of cells that a unit beside the part meets too."""
    where, reach = context.located(tier), context.on_foot
    if not isinstance(reach, WalkingReach):  # pragma: no cover  # nobody asks then
        raise TypeError(f"nobody walks along {reach.reading}")
    people = reach.people(where, context.people_of.drawn(tier))
    used = np.unique(people.walker)
    cell = people.walkers.cell[used]
    lost, barred = (points[used] for points in people.snaps.lost())
    is_shared = np.zeros(len(used), dtype=bool)
    if where.shared is not None:
        is_shared = np.isin(cell, where.cell[where.shared])
    own = ~is_shared
    counted = (
        int((lost & ~barred & own).sum()),
        int((barred & own).sum()),
        int(own.sum()),
        people.walkers.spacing_m,
    )
    first = np.searchsorted(people.walkers.cell, cell[is_shared], side="left")
    shared = pd.DataFrame(
        {
            "cell": cell_numbers(context.area.population, cell[is_shared]),
            "nth": used[is_shared] - first,
            "is_off": (lost & ~barred)[is_shared],
            "is_barred": barred[is_shared],
        }
    )
    return counted, shared
