"""The covering models on plain frames: the fewest sites for a share, the most people for so many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity.errors import Fault, InputError
from capacity.exact import exact, rounded
from capacity.siting.cover import Requirement, fewest_sites, most_covered
from capacity.siting.layers import SitingOptions, limit_faults, number_fault, read_layers
from capacity.siting.result import Sites, cover_sites
from capacity.siting.search import bounded, bounds_by_number, gains_of, greedy
from capacity.siting.shares import as_decimal, share_faults
from capacity.siting.solve import relative_gap, status_of

if TYPE_CHECKING:
    from decimal import Decimal

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.population import Population
    from capacity.siting.layers import Layers
    from capacity.siting.problem import CoverProblem
    from capacity.siting.shares import Share

    Floats = NDArray[np.float64]

_DEFAULT: Final = SitingOptions()
_SHOWN: Final = 5
_ROUNDING: Final = 1e-6
# How many steps of prices each anchor of a curve gets.
_CURVE_STEPS: Final = 200


def mclp(
    population: Population,
    candidates: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    radius_m: float | str | Decimal,
    n_sites: int | None = None,
    budget: float | None = None,
    existing: gpd.GeoDataFrame | None = None,
    options: SitingOptions = _DEFAULT,
) -> Sites:
    r"""Cover the most people with a number of sites, or for a budget.

    .. math:: \max \sum_g w_g y_g, \qquad y_g \le \sum_{j \in N_g} x_j,\quad
              \sum_j x_j \le p,\quad \sum_j c_j x_j \le b,\quad 0 \le y_g \le 1,\ x_j \in \{0, 1\},

    where group *g* are the :math:`w_g` people of a unit whom exactly the candidates :math:`N_g` reach
    and no existing facility. A distance of exactly the radius counts; cells are cut at the circles, as
    in ``circle_coverage``. People who reach the same candidates are one group, whom existing facilities
    cover are none, and a candidate that another outdoes at no higher cost is left out: all exact.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells (polygons or points), people per cell.
    candidates : GeoDataFrame, shape (n_candidates,)
        Points or areas with ``candidate_id``, else named by their index.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``; people outside them do not count. All layers in one projected
        metric CRS.
    radius_m
        Service radius or walking distance in metres.
    n_sites
        Most new sites, required ones with them.
    budget
        Most cost of new sites, in the unit of ``options.cost``.
    existing : GeoDataFrame, optional
        Facilities that stay; with a column ``is_open`` only open ones.
    options
        Group, costs, required and excluded candidates, how distances are measured, gap, time limit.

    Returns
    -------
    Sites
        The objective is people newly covered. Sites that would add nobody are not built, so there may
        be fewer than ``n_sites``. Of equal plans, none of whose sites could be exchanged without loss for
        a candidate of an earlier id (as text) at no higher cost.

    Raises
    ------
    InputError
        Naming every fault at once: layers in different CRSs, people that are no count, candidates without
        a place, an id or a cost, required ones that are excluded, more sites than candidates, a budget
        below the cost of required ones.

    Notes
    -----
    Greedy, exchanges and a Lagrangian bound; HiGHS where these leave a gap wider than asked. A city is
    solved to the gap that the bound proves, without a model of its cells.

    References
    ----------
    Church, R. and ReVelle, C. (1974), The maximal covering location problem. Papers of the Regional
    Science Association 32, 101–118.

    Examples
    --------
    One site among three; the middle one reaches two cells of 10 and 20 people:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 100)], crs=4547)
    >>> at = [Point(x, 50) for x in (100, 400, 700)]
    >>> cells = gpd.GeoDataFrame({"population": [10, 20, 25]}, geometry=at, crs=4547)
    >>> sites = gpd.GeoDataFrame({"candidate_id": ["a", "b", "c"]}, geometry=at, crs=4547)
    >>> found = mclp(cells, sites, units, radius_m=300, n_sites=1)
    >>> found.chosen["candidate_id"].tolist(), found.objective, found.status
    (['b'], 55.0, 'optimal')
    """
    faults = limit_faults(candidates, options, n_sites=n_sites, budget=budget)
    faults += number_fault("radius_m", radius_m)
    layers = read_layers(population, candidates, units, existing, options, faults=faults)
    problem = layers.cover(radius_m)
    notes = _in_reach(problem, radius_m)
    choice = most_covered(problem, layers.allowance(n_sites=n_sites, budget=budget), options.effort)
    return cover_sites(
        "mclp",
        layers,
        problem,
        choice,
        objective_is="people newly covered",
        method=layers.method(radius_m),
        notes=notes,
    )


def lscp(
    population: Population,
    candidates: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    radius_m: float | str | Decimal,
    existing: gpd.GeoDataFrame | None = None,
    options: SitingOptions = _DEFAULT,
    share: Share | Mapping[str, Share] = 1.0,
    per_unit: bool = False,
    best_effort: bool = False,
) -> Sites:
    r"""Reach a share of the people with the fewest sites, or at the least cost.

    .. math:: \min \sum_j c_j x_j, \qquad \sum_{g \in u} w_g y_g \ge s_u W_u - E_u,\quad
              y_g \le \sum_{j \in N_g} x_j,\quad 0 \le y_g \le 1,\ x_j \in \{0, 1\},

    where :math:`W_u` people live in unit *u*, existing facilities cover :math:`E_u` of them, and the
    groups are as in ``mclp``. For all who can be reached it is the set covering model,
    :math:`\sum_{j \in N_g} x_j \ge 1`. A distance of exactly the radius counts.

    Parameters
    ----------
    population, candidates, units, radius_m, existing, options
        As in ``mclp``.
    share
        Share of people to cover, 0 to 1, exactly so much is enough; or one by unit code, and units that
        are not named ask nothing.
    per_unit
        Every unit must reach the share by itself; otherwise all units together. With a share by unit
        code it is always each by itself.
    best_effort
        Where fewer can be reached than asked, cover as many as can be and say so in ``notes``; otherwise
        that is an error.

    Returns
    -------
    Sites
        The objective is the number of new sites, or their cost where ``options.cost`` names it. In parts
        of the area of at most 20,000 pairs of groups and candidates, of equal plans the one whose
        candidates come first (least sum of positions in the order of ids as text), of candidates that no
        other outdoes.

    Raises
    ------
    InputError
        As in ``mclp``; and for a share that is none, an unknown unit, or a share that candidates cannot
        reach, with the people out of reach of each unit.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971), The location of emergency service
    facilities. Operations Research 19, 1363–1373.

    Examples
    --------
    Everyone, and 60 % of everyone:

    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 100)], crs=4547)
    >>> at = [Point(x, 50) for x in (100, 400, 701)]
    >>> cells = gpd.GeoDataFrame({"population": [20, 20, 25]}, geometry=at, crs=4547)
    >>> sites = gpd.GeoDataFrame({"candidate_id": ["a", "b", "c"]}, geometry=at, crs=4547)
    >>> lscp(cells, sites, units, radius_m=300).chosen["candidate_id"].tolist()
    ['a', 'c']
    >>> lscp(cells, sites, units, radius_m=300, share=0.6).chosen["candidate_id"].tolist()
    ['a']
    """
    faults = [*share_faults(share, units), *number_fault("radius_m", radius_m)]
    layers = read_layers(population, candidates, units, existing, options, faults=faults)
    problem = layers.cover(radius_m)
    requirement = _requirement(problem, units, share, per_unit=per_unit)
    short = _out_of_reach(layers, problem, requirement)
    if len(short) > 0 and not best_effort:
        raise InputError("Sites cannot be chosen:", [_unreachable(short)])
    notes = tuple([_unreachable(short, note=True)] if len(short) > 0 else [])
    usable = _reachable(layers, problem, requirement.zone, len(requirement.need))
    capped = Requirement(requirement.zone, np.minimum(requirement.need, usable))
    choice = fewest_sites(problem, capped, layers.allowance(), options.effort)
    return cover_sites(
        "lscp",
        layers,
        problem,
        choice,
        objective_is="sites" if options.cost is None else f"cost ({options.cost})",
        method=layers.method(radius_m),
        notes=notes,
    )


def coverage_curve(
    population: Population,
    candidates: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    radius_m: float | str | Decimal,
    existing: gpd.GeoDataFrame | None = None,
    options: SitingOptions = _DEFAULT,
    most: int | None = None,
    budgets: tuple[float, ...] | None = None,
    exact_points: bool = False,
) -> pd.DataFrame:
    """Say how many people so many sites, or so much money, can cover: where the next stops paying.

    Parameters
    ----------
    population, candidates, units, radius_m, existing, options
        As in ``mclp``; the time limit is for each point.
    most
        Largest number of sites; without it and budgets, all candidates.
    budgets
        Budgets instead of numbers of sites; every point is then solved as by ``mclp``.
    exact_points
        Solve every number of sites as by ``mclp``. Otherwise one greedy order of sites, each plan
        being the one before and one site more, with a bound for every point.

    Returns
    -------
    DataFrame
        One row per point: ``n_sites`` (built), ``budget`` (NaN for numbers of sites), ``cost``, ``covered``
        (all people covered, existing facilities with them), ``added`` (more than in the row before),
        ``share`` (of all people), ``bound`` (what no plan of that size covers more than), ``gap``,
        ``status``, ``candidate_id`` (the site added, for the greedy order) and ``way`` (``greedy`` or
        ``solved``). The first row of numbers of sites is what there is, with the required sites.

    Raises
    ------
    InputError
        As in ``mclp``.

    Notes
    -----
    The bounds of the greedy curve are those of ``mclp`` for a few numbers of sites, whose prices bound
    every number. A greedy plan covers at least 1 − 1/e of the most that can be added.

    References
    ----------
    Nemhauser, G. L., Wolsey, L. A. and Fisher, M. L. (1978), An analysis of approximations for maximizing
    submodular set functions. Mathematical Programming 14, 265–294.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 100)], crs=4547)
    >>> at = [Point(x, 50) for x in (100, 400, 701)]
    >>> cells = gpd.GeoDataFrame({"population": [20, 20, 25]}, geometry=at, crs=4547)
    >>> sites = gpd.GeoDataFrame({"candidate_id": ["a", "b", "c"]}, geometry=at, crs=4547)
    >>> curve = coverage_curve(cells, sites, units, radius_m=300)
    >>> curve[["n_sites", "covered", "bound", "candidate_id"]].values.tolist()
    [[0, 0.0, 0.0, ''], [1, 40.0, 40.0, 'a'], [2, 65.0, 65.0, 'c']]
    """
    top = len(candidates) - len(set(options.excluded)) if most is None else most
    faults = limit_faults(candidates, options, n_sites=top, budget=None)
    faults += number_fault("radius_m", radius_m)
    for budget in budgets or ():
        faults += limit_faults(candidates, options, n_sites=None, budget=budget)
    layers = read_layers(population, candidates, units, existing, options, faults=faults)
    problem = layers.cover(radius_m)
    _in_reach(problem, radius_m)
    if budgets is not None:
        points = _solved(problem, layers, options, [(None, budget) for budget in budgets])
    elif exact_points:
        least = int(layers.required.sum())
        points = _solved(problem, layers, options, [(n, None) for n in range(least, top + 1)])
    else:
        points = _greedy_points(problem, layers, options, top)
    everyone, before = float(problem.people.sum()), float(problem.covered.sum())
    frame = pd.DataFrame(points)
    frame["covered"] = (frame["gain"] + before).clip(upper=everyone).round(6)
    frame["bound"] = (frame["bound"] + before).clip(upper=everyone).round(6)
    frame["bound"] = frame[["covered", "bound"]].max(axis=1)
    frame["added"] = frame["covered"].diff().fillna(frame["covered"] - before)
    frame["share"] = frame["covered"] / everyone if everyone > 0 else np.nan
    frame["gap"] = [
        relative_gap(value, bound)
        for value, bound in zip(frame["covered"], frame["bound"], strict=True)
    ]
    columns = ["n_sites", "budget", "cost", "covered", "added", "share", "bound", "gap", "status"]
    return frame[[*columns, "candidate_id", "way"]]


def _solved(
    problem: CoverProblem,
    layers: Layers,
    options: SitingOptions,
    limits: list[tuple[int | None, float | None]],
) -> list[dict[str, object]]:
    points: list[dict[str, object]] = []
    for n_sites, budget in limits:
        allowance = layers.allowance(n_sites=n_sites, budget=budget)
        choice = most_covered(problem, allowance, options.effort)
        points.append(
            {
                "n_sites": int(choice.chosen.sum()) if n_sites is None else n_sites,
                "budget": np.nan if budget is None else budget,
                "cost": float(layers.cost[choice.chosen].sum()),
                "gain": choice.objective,
                "bound": choice.bound,
                "status": choice.status,
                "candidate_id": "",
                "way": "solved",
            }
        )
    return points


def _greedy_points(
    problem: CoverProblem, layers: Layers, options: SitingOptions, top: int
) -> list[dict[str, object]]:
    gains = gains_of(problem)
    order = greedy(gains, layers.allowance(n_sites=top)).tolist()
    held = int(layers.required.sum())
    chosen = np.zeros(gains.n_candidates, dtype=bool)
    chosen[order[:held]] = True
    values, names = [gains.value(chosen)], [""]
    for j in order[held:]:
        chosen[j] = True
        values.append(gains.value(chosen))
        names.append(str(layers.ids[j]))
    last = held + len(values) - 1
    bound = np.full(last + 1, float(problem.weight.sum()))
    for n in _anchors(held, last):
        start = np.zeros(gains.n_candidates, dtype=bool)
        start[order[:n]] = True
        found = bounded(
            gains,
            layers.allowance(n_sites=n),
            start,
            gap=options.gap,
            until=np.inf,
            steps=_CURVE_STEPS,
        )
        bound = np.minimum(bound, bounds_by_number(gains, layers.allowance(), found.price, last))
    bound[: held + 1] = values[0]  # nothing is chosen yet
    costs = np.concatenate([[0.0], np.cumsum(layers.cost[order])])
    return [
        {
            "n_sites": held + k,
            "budget": np.nan,
            "cost": float(costs[held + k]),
            "gain": value,
            "bound": max(value, float(bound[held + k])),
            "status": _words(value, float(bound[held + k]), options.gap),
            "candidate_id": name,
            "way": "greedy",
        }
        for k, (value, name) in enumerate(zip(values, names, strict=True))
    ]


def _words(value: float, bound: float, gap: float) -> str:
    words = status_of(value, max(value, bound), gap)
    return words if words != "time limit reached" else "greedy, with its bound"


def _anchors(first: int, last: int) -> list[int]:
    """Numbers of sites whose prices are looked for: closer together where the curve bends."""
    spread = np.unique(np.geomspace(1, max(1, last - first), 8).round().astype(int))
    return [first + int(k) for k in spread if first + k <= last]


def _in_reach(problem: CoverProblem, radius_m: float | str | Decimal) -> tuple[Fault, ...]:
    """Refuse candidates that reach nobody at all; note whom none reaches."""
    if problem.reachable.sum() == 0 and problem.people.sum() > 0:
        raise InputError(
            "Sites cannot be chosen:",
            [
                Fault(
                    severity="error",
                    code="sites.nobody_in_reach",
                    message=f"no candidate or facility has anyone within {radius_m} m.",
                    mend="Look whether candidates and people lie in one place, and at the radius.",
                )
            ],
        )
    lost = float((problem.people - problem.reachable).sum())
    if lost <= _ROUNDING:
        return ()
    return (
        Fault(
            severity="info",
            code="sites.out_of_reach",
            message=f"{rounded(lost, 0)} of {rounded(problem.people.sum(), 0)} people are in reach of "
            "no candidate.",
            mend="Add candidates near them, if they are to be covered.",
            amount=lost,
            unit="persons",
        ),
    )


def _requirement(
    problem: CoverProblem,
    units: gpd.GeoDataFrame,
    share: Share | Mapping[str, Share],
    *,
    per_unit: bool,
) -> Requirement:
    n = len(units)
    if isinstance(share, Mapping):
        zone = np.arange(n, dtype=np.int64)
        shares = [as_decimal(share.get(code, 0)) for code in units["unit_code"]]
    else:
        zone = np.arange(n, dtype=np.int64) if per_unit else np.zeros(n, dtype=np.int64)
        shares = [as_decimal(share)] * (n if per_unit else 1)
    people = np.bincount(zone, weights=problem.people, minlength=len(shares))
    covered = np.bincount(zone, weights=problem.covered, minlength=len(shares))
    need = [
        float(part * exact(float(w)) - exact(float(c)))
        for part, w, c in zip(shares, people, covered, strict=True)
    ]
    return Requirement(zone, np.round(np.array(need), 6))


def _reachable(
    layers: Layers, problem: CoverProblem, zone: NDArray[np.int64], n_zones: int
) -> Floats:
    """People of each zone whom candidates that may be built reach."""
    may = problem.covered_by(layers.allowed | layers.required)
    return np.round(
        np.bincount(zone[problem.unit], weights=problem.weight * may, minlength=n_zones), 6
    )


def _out_of_reach(layers: Layers, problem: CoverProblem, requirement: Requirement) -> pd.DataFrame:
    """Zones that cannot have what they need: the code, the share asked for and the most there is."""
    n = len(requirement.need)
    usable = _reachable(layers, problem, requirement.zone, n)
    codes = layers.units["unit_code"].to_numpy(dtype=object)
    people = np.bincount(requirement.zone, weights=problem.people, minlength=n)
    covered = np.bincount(requirement.zone, weights=problem.covered, minlength=n)
    names = codes if n == len(codes) else np.array(["all units"], dtype=object)
    frame = pd.DataFrame(
        {
            "unit": names,
            "asked": requirement.need + covered,
            "most": usable + covered,
            "people": people,
        }
    )
    return frame[frame["asked"] > frame["most"] + _ROUNDING]


def _unreachable(short: pd.DataFrame, *, note: bool = False) -> Fault:
    worst = [
        f"{unit} ({rounded(most / people, 3)} at most, {rounded(asked / people, 3)} asked)"
        for unit, asked, most, people in short.head(_SHOWN).itertuples(index=False)
    ]
    more = len(short) - len(worst)
    lost = float((short["asked"] - short["most"]).sum())
    return Fault(
        severity="warning" if note else "error",
        code="sites.share_out_of_reach",
        message=(
            f"{rounded(lost, 0)} people too few can be reached: {', '.join(worst)}"
            + (f" and {more} more." if more > 0 else ".")
        ),
        mend="Add candidates near them, lower the share, or ask for best_effort=True.",
        item=str(short["unit"].iloc[0]),
        count=len(short),
        amount=lost,
        unit="persons",
    )
