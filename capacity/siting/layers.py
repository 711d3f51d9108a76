"""Frames in: people, candidates and existing facilities, checked together and measured once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity.assess.supply import facility_ids, open_flags
from capacity.demand import demand
from capacity.errors import Fault, InputError
from capacity.exact import exact, plain
from capacity.locate import check_layers
from capacity.reach.interface import StraightReach
from capacity.siting.cover import Effort
from capacity.siting.problem import cover_problem
from capacity.siting.search import Allowance
from capacity.siting.solve import GAP, TIME_LIMIT_S
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.population import Population
    from capacity.reach.interface import Reach
    from capacity.reach.limits import Limit
    from capacity.reach.sets import FacilitySets
    from capacity.siting.problem import CoverProblem

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

T = TypeVar("T")
_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class SitingOptions:
    """What the siting models have in common.

    Attributes
    ----------
    group
        Population column that is served.
    cost
        Column of the candidates with the cost of opening each; None counts sites, each 1.
    required, excluded
        Ids of candidates that are built in any case, and that are not built.
    reach
        How distances are measured, such as a ``WalkingReach`` of the same population; None for the
        straight line.
    gap
        Relative gap at which to stop looking; 0 for the optimum.
    time_limit_s
        Seconds. A run that the limit stops says so, and may differ from the next one.
    """

    group: str = POPULATION
    cost: str | None = None
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    reach: Reach | None = None
    gap: float = GAP
    time_limit_s: float = TIME_LIMIT_S

    @property
    def effort(self) -> Effort:
        """Gap and time limit."""
        return Effort(self.gap, self.time_limit_s)


@dataclass(frozen=True)
class Layers:
    """Checked frames, candidates in the order of their ids as text.

    Attributes
    ----------
    units
        Polygons with ``unit_code``.
    where, people
        Demand of the units, and the people of the group in each of its rows.
    candidates, existing
        Sites that may be built; facilities that are open and stay.
    ids, existing_ids
        Their names as text.
    cost
        Of each candidate.
    required, allowed
        Which candidates must be, and may be, built.
    reach
        How distances are measured.
    """

    units: gpd.GeoDataFrame
    where: Demand
    people: Floats
    candidates: gpd.GeoDataFrame
    existing: gpd.GeoDataFrame
    ids: NDArray[np.object_]
    existing_ids: NDArray[np.object_]
    cost: Floats
    required: Flags
    allowed: Flags
    reach: Reach
    _points: NDArray[np.object_] = field(repr=False)

    @property
    def n_existing(self) -> int:
        """Number of existing facilities."""
        return len(self.existing)

    @property
    def points(self) -> NDArray[np.object_]:
        """Existing facilities, then candidates."""
        return self._points

    def allowance(self, *, n_sites: int | None = None, budget: float | None = None) -> Allowance:
        """Say what may be built.

        Parameters
        ----------
        n_sites, budget
            Most sites and most cost.

        Returns
        -------
        Allowance
            With the costs, and the required and allowed candidates.
        """
        return Allowance(self.cost, n_sites, budget, self.required, self.allowed)

    def limit(self, metres: float | str | Decimal) -> Limit:
        """Take a distance, of which exactly so much is within reach."""
        return self.reach.of_metres(exact(metres))

    def sets(self, metres: float | str | Decimal) -> FacilitySets:
        """Group people by the existing facilities and candidates within a distance."""
        limit = self.limit(metres)
        reached = self.reach.share(self.where, self.units, self.points, limit)
        return self.reach.sets(self.where, self.units, self.points, limit, reached=reached)

    def cover(self, metres: float | str | Decimal) -> CoverProblem:
        """Make the covering problem of a distance."""
        return cover_problem(
            self.sets(metres),
            self.people,
            self.where.unit,
            n_units=len(self.units),
            n_existing=self.n_existing,
        )

    def method(self, metres: float | str | Decimal) -> str:
        """Say what was measured."""
        return self.reach.method(self.where, self.units, self.points, self.limit(metres))


def read_layers(
    population: Population,
    candidates: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    existing: gpd.GeoDataFrame | None,
    options: SitingOptions,
    *,
    faults: Iterable[Fault] = (),
) -> Layers:
    """Check everything that a model is given, and put it together.

    Parameters
    ----------
    population
        Grid, or frame of cells, people per cell.
    candidates, units, existing
        Layers in one projected metric CRS; existing facilities may be left out.
    options
        What is common to the models.
    faults
        What the model found wrong with its own arguments.

    Returns
    -------
    Layers
        Candidates sorted by id, so that the order of rows does not matter.

    Raises
    ------
    InputError
        With every fault at once.
    """
    found = [*faults, *_option_faults(options), *candidate_faults(candidates, options)]
    here = {"candidates": candidates} | ({} if existing is None else {"existing": existing})
    before = len(found)
    _gather(found, check_layers, units, **here)
    where = _gather(found, demand, population, units) if len(found) == before else None
    if existing is not None:
        found.extend(_place_faults(existing, "existing", "facilities"))
    if where is not None and options.group not in where.groups:
        found.append(
            _fault(
                "sites.unknown_group",
                f"the population has no column {options.group}; it has {', '.join(where.groups)}.",
                "Name one of these as group.",
                column=options.group,
            )
        )
    if found or where is None:
        raise InputError("Sites cannot be chosen:", found)
    names = _ids(candidates)
    order = np.argsort(names, kind="stable")
    sorted_ = candidates.iloc[order]
    ids = names[order]
    cost = np.ones(len(ids))
    if options.cost is not None:
        cost = sorted_[options.cost].to_numpy(dtype=np.float64)
    kept = gpd.GeoDataFrame(geometry=[], crs=units.crs)
    if existing is not None:
        kept = existing[open_flags(existing)]
    reach = StraightReach(population, 1.0) if options.reach is None else options.reach
    return Layers(
        units=units,
        where=where,
        people=where.people(options.group),
        candidates=sorted_,
        existing=kept,
        ids=ids,
        existing_ids=np.array(facility_ids(kept), dtype=object),
        cost=cost,
        required=np.isin(ids, [str(name) for name in options.required]),
        allowed=~np.isin(ids, [str(name) for name in options.excluded]),
        reach=reach,
        _points=np.concatenate([kept.geometry.to_numpy(), sorted_.geometry.to_numpy()]),
    )


def _gather(found: list[Fault], check: Callable[..., T], *args: Any, **layers: Any) -> T | None:
    """Call a check that raises, and keep what it says."""
    try:
        return check(*args, **layers)
    except InputError as error:
        found.extend(error.faults)
        return None


def _ids(candidates: gpd.GeoDataFrame) -> NDArray[np.object_]:
    names = candidates.get("candidate_id", candidates.index)
    return np.array([str(name) for name in names.to_numpy(dtype=object)], dtype=object)


def _fault(code: str, message: str, mend: str, **where: Any) -> Fault:
    return Fault(severity="error", code=code, message=message, mend=mend, **where)


def _listed(names: Iterable[object]) -> str:
    given = [str(name) for name in names]
    more = len(given) - _SHOWN
    return ", ".join(given[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _option_faults(options: SitingOptions) -> Iterator[Fault]:
    for name, value in {"gap": options.gap, "time_limit_s": options.time_limit_s}.items():
        if not 0 <= value < np.inf:
            yield _fault(
                "sites.number",
                f"{name} is {value:g}.",
                "Give a number of 0 or more: a gap such as 0.01, and seconds.",
                column=name,
            )


def candidate_faults(candidates: gpd.GeoDataFrame, options: SitingOptions) -> list[Fault]:
    """Check the candidates by themselves and against the required and excluded ones.

    Parameters
    ----------
    candidates
        Sites that may be built.
    options
        Names the cost column, and the required and excluded candidates.

    Returns
    -------
    list of Fault
        Errors, each with its rows and mend.
    """
    names = pd.Series(_ids(candidates))
    found = list(_place_faults(candidates, "candidates", "candidates"))
    if len(candidates) == 0:
        found.append(
            _fault(
                "candidates.none",
                "there are no candidate sites.",
                "Give parcels or idle buildings, or points spread over the area.",
            )
        )
    twice = names[names.duplicated(keep=False)]
    if len(twice) > 0:
        found.append(
            _fault(
                "candidates.duplicate_id",
                f"{len(twice)} candidates share ids: {_listed(dict.fromkeys(twice))}.",
                "Give every candidate its own candidate_id.",
                column="candidate_id",
                rows=tuple((twice.index + 1).tolist()),
                count=len(twice),
            )
        )
    known = set(names)
    for what, ids in {"required": options.required, "excluded": options.excluded}.items():
        missing = [name for name in ids if str(name) not in known]
        if missing:
            found.append(
                _fault(
                    "candidates.unknown",
                    f"{what} sites are no candidates: {_listed(missing)}.",
                    "Correct the ids, or add the candidates.",
                    column=what,
                    item=str(missing[0]),
                )
            )
    both = [name for name in options.required if name in set(options.excluded)]
    if both:
        found.append(
            _fault(
                "candidates.required_and_excluded",
                f"sites are both required and excluded: {_listed(both)}.",
                "Take them out of one of the two lists.",
                item=str(both[0]),
            )
        )
    if options.cost is not None:
        found.extend(number_faults(candidates, options.cost))
    return found


def number_faults(frame: pd.DataFrame, column: str) -> list[Fault]:
    """Check that a column is there, and has a number of 0 or more in every row.

    Parameters
    ----------
    frame
        Candidates or facilities.
    column
        Its column.

    Returns
    -------
    list of Fault
        One at most.
    """
    if column not in frame:
        return [
            _fault(
                "candidates.no_column",
                f"there is no column {column}; there are: {_listed(frame.columns)}.",
                "Name the column that holds it, or add it.",
                column=column,
            )
        ]
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~((values >= 0) & np.isfinite(values)))
    if len(bad) == 0:
        return []
    return [
        _fault(
            "candidates.not_a_cost",
            f"{column} is missing, negative or no finite number in {len(bad)} of {len(values)} rows.",
            "Write a number of 0 or more in every row.",
            column=column,
            rows=tuple((bad[:100] + 1).tolist()),
            count=len(bad),
        )
    ]


def _place_faults(layer: gpd.GeoDataFrame, name: str, what: str) -> Iterator[Fault]:
    places = layer.geometry.to_numpy()
    bad = np.flatnonzero(shapely.is_missing(places) | shapely.is_empty(places))
    if len(bad) > 0:
        yield _fault(
            f"{name}.no_place",
            f"{len(bad)} of {len(places)} {what} have no place.",
            "Locate them, or leave them out.",
            rows=tuple((bad[:100] + 1).tolist()),
            count=len(bad),
        )


def limit_faults(
    candidates: gpd.GeoDataFrame,
    options: SitingOptions,
    *,
    n_sites: int | None,
    budget: float | None,
) -> list[Fault]:
    """Check a number of sites and a budget against the candidates.

    Parameters
    ----------
    candidates
        Sites that may be built.
    options
        Required and excluded ones, and the cost column.
    n_sites, budget
        Most sites, most cost; at least one of them.

    Returns
    -------
    list of Fault
        Errors: neither given, not a number, more sites than candidates, fewer than the required, a
        budget below their cost.
    """
    found = []
    if n_sites is None and budget is None:
        found.append(
            _fault(
                "sites.no_limit",
                "neither a number of sites nor a budget is given.",
                "Give n_sites, or budget together with the column of costs.",
            )
        )
    n_open = len(candidates) - len(set(options.excluded))
    n_required = len(set(options.required))
    if n_sites is not None:
        if not (isinstance(n_sites, int | np.integer) and n_sites >= 0):
            found.append(_not_a_number("n_sites", n_sites, "a whole number of 0 or more"))
        elif n_sites > n_open:
            found.append(
                _fault(
                    "sites.more_than_candidates",
                    f"{n_sites} sites are asked for, and {n_open} candidates may be built.",
                    f"Ask for at most {n_open}, or add candidates.",
                    column="n_sites",
                )
            )
        elif n_sites < n_required:
            found.append(
                _fault(
                    "sites.fewer_than_required",
                    f"{n_required} sites are required, and at most {n_sites} may be built.",
                    f"Raise n_sites to {n_required}, or require fewer.",
                    column="n_sites",
                )
            )
    if budget is not None:
        found.extend(_budget_faults(candidates, options, budget))
    return found


def _budget_faults(
    candidates: gpd.GeoDataFrame, options: SitingOptions, budget: float
) -> Iterator[Fault]:
    if not 0 <= budget < np.inf:
        yield _not_a_number("budget", budget, "an amount of 0 or more")
    elif options.cost is None:
        yield _fault(
            "sites.no_cost",
            "a budget is given, and no column of costs.",
            'Name the column of the candidates: SitingOptions(cost="cost").',
            column="budget",
        )
    elif options.cost in candidates:
        is_required = np.isin(_ids(candidates), [str(name) for name in options.required])
        costs = pd.to_numeric(candidates[options.cost], errors="coerce")[is_required]
        if costs.sum() > budget:
            yield _fault(
                "sites.budget_below_required",
                f"the required sites cost {plain(costs.sum())}, the budget is {plain(budget)}.",
                "Raise the budget, or require fewer.",
                column="budget",
            )


def number_fault(name: str, value: float | str | Decimal) -> list[Fault]:
    """Check that an argument is a finite number over 0.

    Parameters
    ----------
    name, value
        Of the argument.

    Returns
    -------
    list of Fault
        One at most.
    """
    try:
        good = exact(value) > 0
    except (ValueError, ArithmeticError):
        good = False
    return [] if good else [_not_a_number(name, value, "a number over 0")]


def _not_a_number(name: str, value: object, wanted: str) -> Fault:
    return _fault("sites.number", f"{name} is {value}.", f"Give {wanted}.", column=name)
