"""Sites with sizes on plain frames: new ones, and existing facilities that grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from capacity.assess.supply import facility_ids, open_flags
from capacity.errors import Fault, InputError
from capacity.exact import exact, rounded
from capacity.reach.allocate import allocate
from capacity.siting.cover import Requirement
from capacity.siting.layers import (
    SitingOptions,
    limit_faults,
    number_fault,
    number_faults,
    read_layers,
)
from capacity.siting.problem import cover_problem
from capacity.siting.result import Sites
from capacity.siting.shares import as_decimal, share_faults
from capacity.siting.sized import SizedProblem, size_sites

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    from capacity.population import Population
    from capacity.reach.sets import FacilitySets
    from capacity.siting.layers import Layers
    from capacity.siting.search import Allowance
    from capacity.siting.shares import Share
    from capacity.siting.sized import SizedChoice

    Floats = NDArray[np.float64]

_DEFAULT: Final = SitingOptions()
_ROUNDING: Final = 1e-6
_PLACES: Final = 6


@dataclass(frozen=True, kw_only=True)
class SiteSizes:
    """How large a site may be, and what its places cost.

    Attributes
    ----------
    minimum, maximum
        Least and most places of a site that is built, or of what is added to a facility: whole numbers
        over 0, or the column that holds them.
    classes
        Sizes that may be built, such as (20, 30, 50); empty for any whole number of places between
        minimum and maximum.
    cost_per_place
        Cost of a place (or the land or floor that it takes), or the column that holds it.
    """

    minimum: float | str = 1.0
    maximum: float | str
    classes: tuple[float, ...] = ()
    cost_per_place: float | str = 0.0


def capacitated(
    population: Population,
    candidates: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    radius_m: float | str | Decimal,
    per_thousand: float | str | Decimal,
    sizes: SiteSizes,
    share: Share | Mapping[str, Share] | None = None,
    per_unit: bool = False,
    best_effort: bool = False,
    n_sites: int | None = None,
    budget: float | None = None,
    existing: gpd.GeoDataFrame | None = None,
    options: SitingOptions = _DEFAULT,
) -> Sites:
    r"""Choose sites and their sizes: the cheapest that serve a share, or the most served for a budget.

    Everyone wants ``per_thousand`` / 1000 places within the radius, of an existing facility or of a new
    site; who wants places may be divided between several. With :math:`f_{gj}` places taken by group *g*
    at *j*, sizes :math:`s_j` (whole) and sites open or not, :math:`x_j`,

    .. math:: \sum_j f_{gj} \le d_g, \quad \sum_g f_{ge} \le k_e, \quad \sum_g f_{gj} \le s_j, \quad
              m_j x_j \le s_j \le M_j x_j,

    and either :math:`\min \sum_j c_j x_j + q_j s_j` with :math:`\sum f \ge` the share of what is wanted,
    of all units or of each; or :math:`\max \sum f` with :math:`\sum_j x_j \le p` and the cost within the
    budget, and of equal plans the cheapest. A distance of exactly the radius counts, and cells are cut
    at the circles.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells (polygons or points), people per cell.
    candidates : GeoDataFrame, shape (n_candidates,)
        Points or areas with ``candidate_id``, else named by their index.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``. All layers in one projected metric CRS.
    radius_m
        Service radius or walking distance in metres.
    per_thousand
        Places that 1,000 people of the group want.
    sizes
        Minimum, maximum or classes of a site, and the cost of a place.
    share
        Share of the wanted places that must be served, 0 to 1, or one by unit code; None for the most
        that ``n_sites`` and ``budget`` allow.
    per_unit
        Every unit must reach the share by itself.
    best_effort
        Where fewer can be served than asked, serve what can be and say so in ``notes``.
    n_sites
        Most new sites.
    budget
        Most cost of opening and places together.
    existing : GeoDataFrame, optional
        Facilities that stay, with ``places``; NaN is unknown and serves nobody. With a column
        ``is_open`` only open ones.
    options
        As in ``mclp``. Without a column of costs each site counts 1 if places cost nothing, else 0.

    Returns
    -------
    Sites
        The objective is cost with a share, else places served. ``chosen`` has ``cost``, ``places`` and
        ``used``; ``serves`` has ``facility_id`` (empty for new sites), ``candidate_id`` (empty for
        existing facilities), ``unit_code`` and ``places``; ``units`` has ``demand``, ``served_before``
        (the most that existing facilities serve), ``served`` (the most that all together serve) and
        ``share``. ``status`` is
        ``infeasible`` where no plan keeps all limits.

    Raises
    ------
    InputError
        As in ``mclp``; and for sizes that are none, facilities without a column of places, a share that
        is none, or one that the largest sites cannot serve.

    Notes
    -----
    HiGHS with flows between groups and sites: for districts and parts of a city, hundreds of candidates.
    Where the time limit stops it the better of its plan and a greedy one is given, with the bound.

    References
    ----------
    Cornuéjols, G., Sridharan, R. and Thizy, J. M. (1991), A comparison of heuristics and relaxations for
    the capacitated plant location problem. European Journal of Operational Research 50, 280–297.

    Examples
    --------
    5,000 people want 30 places; a facility has 8, and sites have at least 20:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 100)], crs=4547)
    >>> cells = gpd.GeoDataFrame({"population": [5000]}, geometry=[Point(400, 50)], crs=4547)
    >>> sites = gpd.GeoDataFrame(
    ...     {"candidate_id": ["a", "b"], "cost": [9.0, 5.0]},
    ...     geometry=[Point(300, 50), Point(500, 50)],
    ...     crs=4547,
    ... )
    >>> there = gpd.GeoDataFrame({"places": [8]}, geometry=[Point(450, 50)], crs=4547)
    >>> found = capacitated(
    ...     cells, sites, units, radius_m=300, per_thousand=6, share=1, existing=there,
    ...     sizes=SiteSizes(minimum=20, maximum=50), options=SitingOptions(cost="cost"),
    ... )
    >>> found.chosen[["candidate_id", "places", "used"]].values.tolist()
    [['b', 22.0, 22.0]]
    """
    asked = _Asked(radius_m, per_thousand, share, per_unit, best_effort, n_sites, budget)
    faults = [
        *_argument_faults(asked, candidates, units, options, sizes),
        *_size_faults(sizes, candidates),
        *_places_faults(existing),
    ]
    layers = read_layers(population, candidates, units, existing, options, faults=faults)
    return _sized("capacitated", layers, asked, sizes, options)


def expansion(
    population: Population,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    radius_m: float | str | Decimal,
    per_thousand: float | str | Decimal,
    growth: SiteSizes,
    share: Share | Mapping[str, Share] | None = None,
    per_unit: bool = False,
    best_effort: bool = False,
    n_sites: int | None = None,
    budget: float | None = None,
    options: SitingOptions = _DEFAULT,
) -> Sites:
    """Enlarge existing facilities: the cheapest places that serve a share, or the most for a budget.

    The model is that of ``capacitated`` with the facilities themselves as sites: what they have stays,
    and each may get between the minimum and the maximum of ``growth`` more. To build and to enlarge at
    once, give ``capacitated`` the facilities among the candidates.

    Parameters
    ----------
    population
        As in ``capacitated``.
    facilities : GeoDataFrame, shape (n_facilities,)
        Points or areas with ``places`` and ``facility_id``, else named by their index; with a column
        ``is_open`` only open ones.
    units, radius_m, per_thousand
        As in ``capacitated``.
    growth
        Places that a facility may get in addition, and what they cost; a maximum of 0 in a column is a
        facility that cannot grow.
    share, per_unit, best_effort, n_sites, budget
        As in ``capacitated``; ``n_sites`` counts facilities that grow.
    options
        As in ``capacitated``: ``cost`` is that of enlarging at all, ``required`` and ``excluded`` are
        facilities.

    Returns
    -------
    Sites
        As ``capacitated`` gives it, but ``chosen`` has ``facility_id``, ``cost``, ``places_before``,
        ``places`` (added), ``used`` (of those added).

    Raises
    ------
    InputError
        As in ``capacitated``.

    Notes
    -----
    A facility whose places are unknown serves nobody until it grows.

    Examples
    --------
    30 places are wanted and 8 are there; the facility may get up to 40 more:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 100)], crs=4547)
    >>> cells = gpd.GeoDataFrame({"population": [5000]}, geometry=[Point(400, 50)], crs=4547)
    >>> there = gpd.GeoDataFrame(
    ...     {"facility_id": ["f"], "places": [8]}, geometry=[Point(450, 50)], crs=4547
    ... )
    >>> found = expansion(
    ...     cells, there, units, radius_m=300, per_thousand=6, share=1, growth=SiteSizes(maximum=40)
    ... )
    >>> found.chosen[["facility_id", "places_before", "places"]].values.tolist()
    [['f', 8.0, 22.0]]
    """
    asked = _Asked(radius_m, per_thousand, share, per_unit, best_effort, n_sites, budget)
    there = facilities[open_flags(facilities)]
    sites = there.assign(candidate_id=facility_ids(there))
    faults = [
        *_argument_faults(asked, sites, units, options, growth),
        *_size_faults(growth, sites, nothing=True),
        *_places_faults(facilities),
    ]
    layers = read_layers(population, sites, units, facilities, options, faults=faults)
    found = _sized("expansion", layers, asked, growth, options)
    before = pd.Series(_known(there).to_numpy(), index=sites["candidate_id"])
    chosen = found.chosen.rename(columns={"candidate_id": "facility_id"})
    held = before.reindex(chosen["facility_id"]).to_numpy(dtype=np.float64)
    chosen.insert(2, "places_before", held)
    serves = found.serves.copy()
    grown = serves["facility_id"].eq("")
    serves.loc[grown, "facility_id"] = serves.loc[grown, "candidate_id"]
    return replace(found, chosen=chosen, serves=serves)


@dataclass(frozen=True)
class _Asked:
    radius_m: float | str | Decimal
    per_thousand: float | str | Decimal
    share: Share | Mapping[str, Share] | None
    per_unit: bool
    best_effort: bool
    n_sites: int | None
    budget: float | None


def _known(facilities: pd.DataFrame) -> pd.Series:
    return facilities["places"].astype("float64").fillna(0.0)


def _places_faults(existing: gpd.GeoDataFrame | None) -> list[Fault]:
    if existing is None:
        return []
    if "places" not in existing:
        return number_faults(existing, "places")
    return number_faults(existing.assign(places=existing["places"].fillna(0)), "places")


def _argument_faults(
    asked: _Asked,
    candidates: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    options: SitingOptions,
    sizes: SiteSizes,
) -> list[Fault]:
    faults = number_fault("radius_m", asked.radius_m)
    faults += number_fault("per_thousand", asked.per_thousand)
    if asked.share is not None:
        faults += share_faults(asked.share, units)
    limits = limit_faults(candidates, options, n_sites=asked.n_sites, budget=asked.budget)
    unneeded = {"sites.no_limit"} if asked.share is not None else set()
    if sizes.cost_per_place != 0:
        unneeded.add("sites.no_cost")
    return faults + [fault for fault in limits if fault.code not in unneeded]


def _size_faults(
    sizes: SiteSizes, sites: gpd.GeoDataFrame, *, nothing: bool = False
) -> list[Fault]:
    faults = []
    for name in ("minimum", "maximum", "cost_per_place"):
        value = getattr(sizes, name)
        if isinstance(value, str):
            faults += number_faults(sites, value)
        elif not 0 <= value < np.inf:
            faults.append(_size_fault(f"{name} is {value:g}.", name))
    if faults:
        return faults
    return _range_faults(sizes, sites, nothing=nothing)


def _range_faults(sizes: SiteSizes, sites: gpd.GeoDataFrame, *, nothing: bool) -> list[Fault]:
    faults = []
    low, high = _column(sites, sizes.minimum), _column(sites, sizes.maximum)
    wrong = (np.ceil(low) > np.floor(high)) | (low <= 0)
    bad = np.flatnonzero(wrong & (high > 0) if nothing else wrong)
    if len(bad) > 0:
        faults.append(
            _size_fault(
                f"{len(bad)} of {len(low)} sites have no whole number of places between their "
                f"minimum and maximum ({low[bad[0]]:g} and {high[bad[0]]:g}).",
                "maximum",
                rows=tuple((bad[:100] + 1).tolist()),
            )
        )
    odd = [size for size in sizes.classes if not 0 < size < np.inf or size != round(size)]
    if odd:
        faults.append(_size_fault(f"{odd[0]:g} is no size.", "classes"))
    elif sizes.classes and len(sites) > 0:
        fits = [((low <= size) & (size <= high)).any() for size in sizes.classes]
        if not any(fits):
            message = "no class of sizes fits between minimum and maximum."
            faults.append(_size_fault(message, "classes"))
    return faults


def _size_fault(message: str, column: str, rows: tuple[int, ...] = ()) -> Fault:
    return Fault(
        severity="error",
        code="sites.size",
        message=message,
        mend="Give whole numbers of places over 0, the minimum not above the maximum.",
        column=column,
        rows=rows,
        count=len(rows) or None,
    )


def _column(sites: pd.DataFrame, value: float | str) -> Floats:
    if isinstance(value, str):
        return sites[value].to_numpy(dtype=np.float64)
    return np.full(len(sites), float(value))


@dataclass(frozen=True)
class _Posed:
    """A problem as it is put to the solver, with the frames that it comes from."""

    layers: Layers
    asked: _Asked
    sets: FacilitySets
    wanted: Floats
    problem: SizedProblem
    allowance: Allowance


def _sized(
    model: str, layers: Layers, asked: _Asked, sizes: SiteSizes, options: SitingOptions
) -> Sites:
    sets = layers.sets(asked.radius_m)
    wanted = layers.people * float(exact(asked.per_thousand) / 1000)
    existing = np.zeros(0) if layers.n_existing == 0 else _known(layers.existing).to_numpy()
    minimum = np.ceil(_column(layers.candidates, sizes.minimum))
    maximum = np.floor(_column(layers.candidates, sizes.maximum))
    per_place = _column(layers.candidates, sizes.cost_per_place)
    allowance = layers.allowance(n_sites=asked.n_sites, budget=asked.budget)
    if options.cost is None and (per_place > 0).any():
        allowance = replace(allowance, cost=np.zeros(len(layers.ids)))
    allowance = replace(allowance, allowed=allowance.allowed & (maximum > 0))
    groups = cover_problem(sets, wanted, layers.where.unit, n_units=len(layers.units), n_existing=0)
    problem = SizedProblem(groups, existing, minimum, maximum, per_place, sizes.classes)
    posed = _Posed(layers, asked, sets, wanted, problem, allowance)
    requirement: Requirement | None = None
    notes: tuple[Fault, ...] = ()
    if asked.share is not None:
        requirement, notes = _requirement(posed)
    choice = size_sites(problem, allowance, options.effort, requirement)
    return _answer(model, posed, choice, notes)


def _requirement(posed: _Posed) -> tuple[Requirement, tuple[Fault, ...]]:
    """Say how many places must be served in every zone, none more than can be."""
    layers, asked, problem, allowance = posed.layers, posed.asked, posed.problem, posed.allowance
    n = len(layers.units)
    each = asked.per_unit or isinstance(asked.share, Mapping)
    zone = np.arange(n, dtype=np.int64) if each else np.zeros(n, dtype=np.int64)
    given = asked.share
    shares = (
        [as_decimal(given.get(code, 0)) for code in layers.units["unit_code"]]
        if isinstance(given, Mapping)
        else [as_decimal(given if given is not None else 0)] * (n if each else 1)
    )
    total = np.bincount(zone, weights=problem.groups.people, minlength=len(shares))
    need = np.array([float(s * exact(float(w))) for s, w in zip(shares, total, strict=True)])
    usable = allowance.allowed | allowance.required
    largest = np.concatenate([problem.existing, np.where(usable, problem.maximum, 0.0)])
    most = allocate(posed.sets, posed.wanted, largest).served
    if each:
        # Whom a unit could serve if it had all places in its reach for itself.
        can = problem.groups.reachable
        fair = layers.where.sum_by_unit(most).to_numpy()
    else:
        can = fair = np.array([float(most.sum())])
    short = need > can + _ROUNDING
    if not short.any():
        return Requirement(zone, need), ()
    at = int(np.argmax(short))
    name = str(layers.units["unit_code"].iloc[at]) if each else "all units"
    fault = Fault(
        severity="warning" if asked.best_effort else "error",
        code="sites.places_out_of_reach",
        message=(
            f"{rounded((need - can)[short].sum(), 1)} wanted places too few can be served even by the "
            f"largest sites: {name} ({rounded(can[at], 1)} of {rounded(need[at], 1)} asked)"
            + (f" and {int(short.sum()) - 1} more units." if short.sum() > 1 else ".")
        ),
        mend="Add candidates, raise their maximum, lower the share, or ask for best_effort=True.",
        item=name,
        count=int(short.sum()),
        amount=float((need - can)[short].sum()),
        unit="places",
    )
    if not asked.best_effort:
        raise InputError("Sites cannot be chosen:", [fault])
    # Each group is snapped to a millionth, so sums of them may be that much less.
    parts = np.bincount(zone[problem.groups.unit], minlength=len(need))
    able = np.maximum(0.0, fair - _ROUNDING * (1 + parts))
    return Requirement(zone, np.minimum(need, able)), (fault,)


def _answer(model: str, posed: _Posed, choice: SizedChoice, notes: tuple[Fault, ...]) -> Sites:
    layers, asked, problem, allowance = posed.layers, posed.asked, posed.problem, posed.allowance
    nothing_new = np.concatenate([problem.existing, np.zeros(len(layers.ids))])
    before = allocate(posed.sets, posed.wanted, nothing_new).served
    groups, n_old = problem.groups, problem.n_existing
    codes = layers.units["unit_code"].to_numpy(dtype=object)
    n_units = len(codes)
    some = choice.taken > _ROUNDING
    key = groups.candidate[some] * n_units + groups.unit[groups.group[some]]
    pair, of = np.unique(key, return_inverse=True)
    facility, unit = pair // n_units, pair % n_units
    names = np.concatenate([layers.existing_ids, layers.ids])
    blank = np.full(len(pair), "", dtype=object)
    serves = pd.DataFrame(
        {
            "facility_id": np.where(facility < n_old, names[facility], blank),
            "candidate_id": np.where(facility < n_old, blank, names[facility]),
            "unit_code": codes[unit],
            "places": np.bincount(of, weights=choice.taken[some], minlength=len(pair)).round(6),
        }
    )
    used = np.bincount(groups.candidate, weights=choice.taken, minlength=groups.n_candidates)
    at = np.flatnonzero(choice.size > 0)
    chosen = gpd.GeoDataFrame(
        {
            "candidate_id": layers.ids[at],
            "cost": allowance.cost[at] + problem.per_place[at] * choice.size[at],
            "places": choice.size[at],
            "used": used[n_old + at].round(_PLACES),
        },
        geometry=layers.candidates.geometry.to_numpy()[at],
        crs=layers.units.crs,
    )
    served = np.bincount(groups.unit[groups.group], weights=choice.taken, minlength=n_units).astype(
        np.float64
    )
    demand = groups.people
    share = np.divide(served, demand, out=np.full(n_units, np.nan), where=demand > 0)
    units = pd.DataFrame(
        {
            "demand": demand,
            "served_before": layers.where.sum_by_unit(before).to_numpy().round(_PLACES),
            "served": np.minimum(demand, served.round(_PLACES)),
            "share": np.minimum(1.0, share),
        },
        index=pd.Index(codes, name="unit_code"),
    )
    return Sites(
        model=model,
        chosen=chosen,
        serves=serves,
        units=units,
        objective_is="places served" if asked.share is None else "cost",
        objective=round(choice.objective, _PLACES),
        bound=round(choice.bound, _PLACES),
        gap=choice.gap,
        status=choice.status,
        method=layers.method(asked.radius_m),
        notes=notes,
    )
