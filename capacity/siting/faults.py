"""What is wrong with a plan's settings and candidates, all at once and before anything is solved."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.errors import Fault
from capacity.exact import percent
from capacity.inputs.sites import LARGEST, OBJECTIVES
from capacity.siting.answers import COVERAGE, EACH, answer_of, refusal_of
from capacity.siting.needs import target_of
from capacity.siting.options import SIZES
from capacity.vocabulary import FACILITY_TYPES, OPERATORS, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import geopandas as gpd

    from capacity.inputs.sites import Build, SitingSettings
    from capacity.norms.model import Norm

_SHOWN: Final = 3
_FEW: Final = 5


def _fault(code: str, message: str, mend: str, column: str = "", item: str = "") -> Fault:
    return Fault(
        severity="error",
        code=code,
        message=message,
        mend=mend,
        column=column,
        item=item,
    )


def settings_faults(settings: SitingSettings, norms: Sequence[Norm]) -> list[Fault]:
    """Check the settings against themselves and the norms of the selection.

    Parameters
    ----------
    settings
        As the planner gave them.
    norms
        Norms of the selection, of which some are chosen.

    Returns
    -------
    list of Fault
        Errors: ``siting.no_norm``, ``siting.norm_twice``, ``siting.unknown_norm``, ``siting.norm_kind``,
        ``siting.share``, ``siting.no_share``, ``siting.no_build``, ``siting.build``,
        ``siting.word``, ``siting.objective``, ``siting.negative``, ``siting.both``,
        ``siting.number``.
    """
    return [
        *_norm_faults(settings, norms),
        *_share_faults(settings, norms),
        *_build_faults(settings),
        *_number_faults(settings),
        *_conflicts(settings),
    ]


def _norm_faults(settings: SitingSettings, norms: Sequence[Norm]) -> Iterator[Fault]:
    by_id = {norm.id: norm for norm in norms}
    if not settings.norms and settings.compounds is None:
        possible = [norm.id for norm in norms if answer_of(norm)]
        yield _fault(
            "siting.no_norm",
            "no norm is chosen for the plan to meet.",
            f"Name some in siting.norms, such as {', '.join(possible[:_SHOWN])}.",
            "siting.norms",
        )
    for norm_id in sorted({one for one in settings.norms if settings.norms.count(one) > 1}):
        yield _fault(
            "siting.norm_twice",
            f"{norm_id} is named more than once.",
            "Name it once, and look whether another norm was meant.",
            "siting.norms",
            norm_id,
        )
    for norm_id in dict.fromkeys(settings.norms):
        if norm_id not in by_id:
            near = difflib.get_close_matches(norm_id, list(by_id), n=_SHOWN, cutoff=0.4)
            hint = f"Nearest: {', '.join(near)}." if near else "See capacity norms list."
            yield _fault(
                "siting.unknown_norm",
                f"no norm {norm_id} in this selection (city, date, role).",
                f"{hint} capacity norms list --city CITY shows all.",
                "siting.norms",
                norm_id,
            )
        elif (refusal := refusal_of(by_id[norm_id])) is not None:
            why, mend = refusal
            name = by_id[norm_id].name_zh
            message = f"new facilities cannot answer {norm_id} ({name}): {why}."
            yield _fault("siting.norm_kind", message, mend, "siting.norms", norm_id)


def _share_faults(settings: SitingSettings, norms: Sequence[Norm]) -> Iterator[Fault]:
    given = {"siting.share": settings.share} | {
        f"siting.shares.{norm_id}": share for norm_id, share in settings.shares.items()
    }
    for column, share in given.items():
        if share is not None and not 0 < share <= 1:
            yield _fault(
                "siting.share",
                f"{share:g} is no share of people in reach.",
                "Write a number over 0 and up to 1: 0.9 for 90 %.",
                column,
            )
    for norm_id in settings.shares:
        if norm_id not in settings.norms:
            yield _fault(
                "siting.share",
                f"a share for {norm_id}, which is not chosen.",
                "Add the norm to siting.norms, or take its share out.",
                f"siting.shares.{norm_id}",
                norm_id,
            )
    for norm in norms:
        if norm.id in settings.shares and answer_of(norm) not in {"", COVERAGE}:
            yield _fault(
                "siting.share",
                f"a share for {norm.id}, which is no circle: its own value says how much it asks.",
                "Take the share out.",
                f"siting.shares.{norm.id}",
                norm.id,
            )
        chosen = norm.id in settings.norms and answer_of(norm) == COVERAGE
        if chosen and target_of(norm.id, settings) is None:
            yield _fault(
                "siting.no_share",
                f"{norm.id} is a circle and sets no share of people to be in reach.",
                "Say the least share in siting.share, such as 0.9.",
                "siting.share",
                norm.id,
            )


def _build_faults(settings: SitingSettings) -> Iterator[Fault]:
    if not settings.build and (settings.norms or settings.compounds is None):
        yield _fault(
            "siting.no_build",
            "nothing says what may be built.",
            "Add a [[siting.build]] table with service, minimum and maximum.",
            "siting.build",
        )
    for number, build in enumerate(settings.build, start=1):
        key = f"siting.build[{number}]"
        yield from _word_faults(build, key)
        if not 0 < build.minimum <= build.maximum < np.inf:
            yield _fault(
                "siting.build",
                f"sizes from {build.minimum:g} to {build.maximum:g} {build.sized_in} are no range.",
                "Write a minimum over 0 and a maximum that is not below it.",
                f"{key}.maximum",
            )
        numbers = {"cost": build.cost, "cost_per_size": build.cost_per_size}
        numbers |= {f"per_size.{name}": value for name, value in build.per_size.items()}
        for name, value in numbers.items():
            if not 0 <= value < np.inf:
                yield _fault(
                    "siting.negative",
                    f"{value:g} is negative or no number.",
                    "Write a number of 0 or more.",
                    f"{key}.{name}",
                )
    if settings.objective not in OBJECTIVES:
        yield _fault(
            "siting.objective",
            f"unknown objective '{settings.objective}'.",
            f"Known: {', '.join(OBJECTIVES)}.",
            "siting.objective",
        )
    elif settings.build and not any(_spends(build, settings) for build in settings.build):
        yield _fault(
            "siting.objective",
            f"nothing that may be built has any {settings.objective}, so least of it says nothing.",
            "Choose another objective, or give the builds that amount in cost, cost_per_size or "
            "per_size.",
            "siting.objective",
        )


def _spends(build: Build, settings: SitingSettings) -> bool:
    name = settings.objective
    if name == "cost":
        return build.cost > 0 or build.cost_per_size > 0
    return name in {"facilities", build.sized_in} or build.per_size.get(name, 0) > 0


def _word_faults(build: Build, key: str) -> Iterator[Fault]:
    of_service = [t for t, (_, _, service) in FACILITY_TYPES.items() if service == build.service]
    lists: list[tuple[str, str, Iterable[str]]] = [
        ("service", build.service, SERVICES),
        ("type", build.facility_type, of_service),
        ("operator", build.operator, OPERATORS),
        ("sized_in", build.sized_in, SIZES),
        *(("per_size", name, SIZES) for name in build.per_size),
    ]
    for name, word, known in lists:
        words = list(known)
        if word and word not in words:
            near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(words)}."
            yield _fault("siting.word", f"unknown {name} '{word}'.", hint, f"{key}.{name}")


def _number_faults(settings: SitingSettings) -> Iterator[Fault]:
    numbers: Mapping[str, tuple[float | None, float]] = {
        "spacing_m": (settings.spacing_m, 1.0),
        "time_limit_s": (settings.time_limit_s, 1.0),
        "maximum_facilities": (settings.maximum_facilities, 1.0),
        "budget": (settings.budget, 0.0),
        "gap": (settings.gap, 0.0),
    }
    for name, (value, least) in numbers.items():
        if value is not None and not least <= value <= LARGEST:
            yield _fault(
                "siting.number",
                f"{value:g} is less than {least:g}, beyond {LARGEST:.0e} or no number.",
                f"Write a number of at least {least:g} and at most {LARGEST:.0e}.",
                f"siting.{name}",
            )


def _conflicts(settings: SitingSettings) -> Iterator[Fault]:
    both = [one for one in settings.required if one in settings.excluded]
    if both:
        yield _fault(
            "siting.both",
            f"{', '.join(both[:_FEW])}: required and excluded.",
            "Take them out of siting.required or out of siting.excluded.",
            "siting.required",
            both[0],
        )
    most = settings.maximum_facilities
    if most is not None and 1 <= most < len(settings.required):
        yield _fault(
            "siting.both",
            f"{len(settings.required)} sites are required, and at most {most} facilities allowed.",
            "Raise siting.maximum_facilities or require fewer sites.",
            "siting.maximum_facilities",
        )


def candidate_faults(
    settings: SitingSettings,
    candidates: gpd.GeoDataFrame,
    options: gpd.GeoDataFrame,
    forbidden: Sequence[str],
) -> list[Fault]:
    """Check the candidates against the settings.

    Parameters
    ----------
    settings
        As the planner gave them.
    candidates
        All of them, with those that are excluded or stand in a forbidden area.
    options
        What may be built on the others.
    forbidden
        Ids of candidates in a forbidden area.

    Returns
    -------
    list of Fault
        Errors: ``siting.no_candidate``, ``siting.unknown_candidate``, ``siting.forbidden``,
        ``siting.too_small``.
    """
    known = list(candidates["candidate_id"])
    faults = []
    for column, names in (("required", settings.required), ("excluded", settings.excluded)):
        unknown = [name for name in names if name not in set(known)]
        for name in unknown[:_FEW]:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean '{near[0]}'? " if near else ""
            message = f"no candidate {name}."
            mend = f"{hint}Ids are those of the column id of [[candidates]]."
            faults.append(
                _fault("siting.unknown_candidate", message, mend, f"siting.{column}", name)
            )
    inside = [name for name in settings.required if name in set(forbidden)]
    if inside:
        faults.append(
            _fault(
                "siting.forbidden",
                f"{', '.join(inside[:_FEW])}: required, but in a forbidden area.",
                "Take them out of siting.required, or correct the forbidden areas.",
                "siting.required",
                inside[0],
            )
        )
    built_on = set(candidates["candidate_id"].iloc[np.unique(options["candidate"])])
    gone = {*settings.excluded, *forbidden}
    small = [n for n in settings.required if n in known and n not in built_on and n not in gone]
    if small:
        faults.append(
            _fault(
                "siting.too_small",
                f"{', '.join(small[:_FEW])}: required, but too small for anything that may be built.",
                "Lower the minimum in [[siting.build]], correct the area of the site, or do not "
                "require it.",
                "siting.required",
                small[0],
            )
        )
    if options.empty and settings.build:
        faults.append(
            _fault(
                "siting.no_candidate",
                f"of {len(known)} candidates none is left to build on: {len(set(forbidden))} in "
                f"forbidden areas, {len(settings.excluded)} excluded, the others too small or in no "
                "unit.",
                "Give other candidates, a smaller siting.spacing_m, or a smaller minimum in "
                "[[siting.build]].",
                "candidates",
            )
        )
    return faults


def reach_faults(
    attainable: Iterable[float], needs: Iterable[tuple[str, str, str, float]]
) -> list[Fault]:
    """Say which norms no candidate at all can answer in any unit.

    Parameters
    ----------
    attainable
        How much of each need all options together could answer.
    needs
        Norm id, unit code, answer and how much is needed, in the same order.

    Returns
    -------
    list of Fault
        Errors ``siting.nothing_counts``: what may be built does not count for the norm anywhere
        (another service, type, operator or size), or no candidate is in a unit that is short, or near
        anybody whom no existing facility reaches.
    """
    best: dict[str, float] = {}
    answers: dict[str, str] = {}
    for most, (norm_id, _, answer, needed) in zip(attainable, needs, strict=True):
        if answer != EACH and needed > 0:
            best[norm_id] = max(best.get(norm_id, 0.0), most)
            answers[norm_id] = answer
    return [
        _nothing_counts(norm_id, answers[norm_id]) for norm_id, most in best.items() if most <= 0
    ]


def _nothing_counts(norm_id: str, answer: str) -> Fault:
    shown = f"(capacity norms show {norm_id} says which)"
    if answer == COVERAGE:
        message = (
            f"no candidate that counts for {norm_id} has anybody in its reach whom no existing "
            "facility reaches."
        )
        mend = (
            f"Give a [[siting.build]] of its service, type and operator {shown}, or candidates nearer "
            "to people: a smaller siting.spacing_m, or other sites in [[candidates]]."
        )
    else:
        message = (
            f"nothing that may be built on any candidate counts for {norm_id} where it is short."
        )
        mend = (
            f"Give a [[siting.build]] of its service, type, operator and size {shown}, or candidates "
            "in the units that are short."
        )
    return _fault("siting.nothing_counts", message, mend, "siting.build", norm_id)


def share_warnings(
    attainable: Iterable[float], needs: Iterable[tuple[str, str, str, float, float, float, float]]
) -> list[Fault]:
    """Say which least shares candidates cannot bring a circle to, and how far they can.

    Parameters
    ----------
    attainable
        How much of each need all options together could answer.
    needs
        Norm id, unit code, answer, how much is needed, people, people in reach and the share asked
        for, in the same order.

    Returns
    -------
    list of Fault
        Warnings ``siting.share_out_of_reach``, one for each norm; a plan then goes as far as the
        candidates do.
    """
    short: dict[str, list[tuple[str, float, float, float]]] = {}
    for most, (norm_id, unit, answer, needed, base, have, target) in zip(
        attainable, needs, strict=True
    ):
        if answer == COVERAGE and most < needed - _TENTH:
            share = (have + most) / base
            short.setdefault(norm_id, []).append((unit, share, target, needed - most))
    return [_out_of_reach(norm_id, some) for norm_id, some in short.items()]


_TENTH: Final = 0.1
"""Fewer people than this are no warning."""


def _out_of_reach(norm_id: str, units: list[tuple[str, float, float, float]]) -> Fault:
    unit, share, target, _ = min(units, key=lambda one: one[1])
    where = "" if len(units) == 1 else f" (in {unit}; {len(units)} units in all)"
    return Fault(
        severity="warning",
        code="siting.share_out_of_reach",
        message=f"{100 * target:g} % of the people are to be in reach, and all candidates together "
        f"reach {percent(share)}{where}: the plan goes as far as they do.",
        mend="Add candidates or take a smaller siting.spacing_m, or ask for a smaller share.",
        column="siting.share",
        item=norm_id,
        amount=sum(one[3] for one in units),
        unit="people",
    )
