"""What an assessment asks of cells: every question, with what is needed to answer it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from capacity.assess.allocation import Places, places_norm
from capacity.assess.answers import Question
from capacity.assess.circles import CIRCLES
from capacity.assess.kinds import circle_facilities
from capacity.assess.pockets import meant_units
from capacity.assess.run import used_tiers
from capacity.vocabulary import POPULATION, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from capacity.assess.context import Circle, Context
    from capacity.norms.model import Norm


@dataclass(frozen=True)
class Asked:
    """A question, and what a part needs to answer it.

    Attributes
    ----------
    question
        Its name.
    circle
        The circle that it is about, of the whole area.
    per_person
        Places that a person needs.
    meant
        Codes of the units that are meant.
    case
        Whose circle it is: 0 for the assessment, then the stages to come.
    """

    question: Question
    circle: Circle | None = None
    per_person: Decimal | None = None
    meant: tuple[str, ...] = ()
    case: int = 0


def cell_tiers(context: Context) -> list[str]:
    """List the tiers in whose units people are counted by place, the highest first.

    Parameters
    ----------
    context
        Of the assessment.

    Returns
    -------
    list of str
        The tier of the people and those below it, as far as they have polygons.
    """
    order = list(TIERS)
    low = order[order.index(context.base_tier) :]
    return [tier for tier in low if context.people_of.has_layer(tier)]


def questions(context: Context) -> list[Asked]:
    """List everything that an assessment asks of the cells of units.

    Parameters
    ----------
    context
        Of the assessment.

    Returns
    -------
    list of Asked
        Each question once; some may not be needed in the end.
    """
    found: dict[Question, Asked] = {}
    for asked in (*_of_people(context), *_of_circles(context)):
        found.setdefault(asked.question, asked)
    return list(found.values())


def questions_of_all(
    contexts: Sequence[Context],
) -> tuple[list[Asked], list[dict[Question, int]]]:
    """List everything that an assessment and its stages to come ask, each once.

    Parameters
    ----------
    contexts
        Of the assessment, then of each case: the same units and people, other facilities and norms.

    Returns
    -------
    asked : list of Asked
        Questions about the same facilities are one.
    numbers : list of dict
        For each context, question → its place in ``asked``. Only the assessment asks for pockets.
    """
    asked: list[Asked] = []
    numbers: list[dict[Question, int]] = []
    known: dict[tuple[Question, str], int] = {}
    for case, context in enumerate(contexts):
        mine: dict[Question, int] = {}
        for one in questions(context):
            if case and one.question.kind == "pockets":
                continue
            same = (one.question, "" if one.circle is None else _spots(context, one.circle))
            if same not in known:
                known[same] = len(asked)
                asked.append(replace(one, case=case))
            mine[one.question] = known[same]
        numbers.append(mine)
    return asked, numbers


def _spots(context: Context, circle: Circle) -> str:
    """Name the places of a circle."""
    digest = hashlib.sha256()
    for shape in shapely.to_wkb(context.places(circle)):
        digest.update(shape)
    return digest.hexdigest()


def _of_people(context: Context) -> Iterator[Asked]:
    people = context.people_of
    for tier in cell_tiers(context):
        for group in people.groups(tier):
            yield Asked(Question("known", tier, group))
            if context.area.census is not None:
                yield Asked(Question("scaling", tier, group))
        for group in people.layer_groups:
            if context.area.census is None:
                yield Asked(Question("sums", tier, group))
            if tier == context.base_tier:
                yield Asked(Question("account", tier, group))
    if context.walks:
        yield Asked(Question("off", context.base_tier))


def _of_circles(context: Context) -> Iterator[Asked]:
    for norm in context.norms:
        if norm.kind in CIRCLES and norm.supply is not None:
            for tier in used_tiers(context, norm):
                if context.people_of.has_layer(context.people_tier(tier)):
                    yield from _of_circle(context, norm, tier)


def _of_circle(context: Context, norm: Norm, used: str) -> Iterator[Asked]:
    limits, tier = context.limits(norm), context.people_tier(used)
    meant = meant_units(context, norm, tier)
    for group, limit in limits.items():
        _, circle = circle_facilities(context, norm, used, limit)
        if circle.reach is not context.straight:
            yield Asked(Question("walkers", tier))
        if context.people_of.is_counted(tier, group):
            yield Asked(Question("covered", tier, group, circle.key), circle)
            yield Asked(Question("pockets", tier, group, circle.key, norm.id), circle, meant=meant)
    per_head = places_norm(context, norm)
    if per_head is None:
        return
    limit = limits.get(POPULATION, next(iter(limits.values())))
    facilities, circle = circle_facilities(context, norm, used, limit)
    places = Places(circle, facilities, per_head)
    if not np.isnan(places.capacity).all() or len(places.capacity) == 0:
        yield Asked(
            Question("taken", tier, "", circle.key, per_head.id),
            circle,
            per_person=places.per_person,
        )
