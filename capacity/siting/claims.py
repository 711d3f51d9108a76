"""Who counts for what: the joint problem of options and needs, built with the functions of assess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree

from capacity.assess.context import Context
from capacity.assess.counts import selection
from capacity.assess.kinds import circle_facilities
from capacity.reach.walkers import walkers_of
from capacity.siting.answers import AMOUNT, BALANCE, COUNT, COVERAGE, UNITS, weights_of
from capacity.siting.joint import Circle, JointProblem
from capacity.siting.options import SIZES, facilities_with
from capacity.siting.problem import CoverProblem, cover_problem
from capacity.vocabulary import POPULATION, TIER_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.norms.model import Count, Norm
    from capacity.siting.needs import Needs
    from capacity.study_area import StudyArea

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def joint_problem(
    area: StudyArea,
    options: gpd.GeoDataFrame,
    needs: Needs,
    norms: Sequence[Norm],
    *,
    required: Ints,
    near_m: float,
) -> JointProblem:
    """Say of every option for which needs it would count, and who would be in its reach.

    Parameters
    ----------
    area
        Checked inputs, with the existing facilities only.
    options
        Rows of ``options_of``.
    needs
        What the norms still ask for.
    norms
        Norms of the whole selection; those of the needs among them.
    required
        Positions of the candidates that must be built on.
    near_m
        How far people are near a site, which ranks sites that are otherwise alike, in metres.

    Returns
    -------
    JointProblem
        The options stand beside the existing facilities while they are looked at, so the matching
        and the reach are those of an assessment.
    """
    both = facilities_with(area, options)
    context = Context(both, norms)
    by_id = {norm.id: norm for norm in norms}
    rows = needs.rows
    counts = _counts(context, options, rows, by_id, n_existing=len(area.facilities))
    chosen = rows.loc[rows["answer"].eq(COVERAGE), "norm_id"].unique()
    found = [
        _circle(context, rows, by_id[name], n_existing=len(area.facilities)) for name in chosen
    ]
    of_units = rows.loc[rows["answer"].eq(UNITS), "norm_id"].unique()
    shares = [
        _units(context, rows, by_id[name], n_existing=len(area.facilities)) for name in of_units
    ]
    unreached = pd.concat([_NOBODY, *(cells for _, cells in found)], ignore_index=True)
    return JointProblem(
        options=options,
        needs=rows,
        counts=counts,
        circles=(*(circle for circle, _ in found), *shares),
        unreached=unreached.sort_values(
            "people", ascending=False, kind="stable", ignore_index=True
        ),
        near=people_near(context, options, near_m),
        required=required,
    )


def _counts(
    context: Context,
    options: gpd.GeoDataFrame,
    rows: pd.DataFrame,
    by_id: dict[str, Norm],
    *,
    n_existing: int,
) -> csr_array:
    """Make the matrix of needs × options, as the assessment would count the options."""
    parts: list[tuple[Ints, Ints, Floats]] = []
    counted = rows["answer"].isin([AMOUNT, BALANCE, COUNT])
    for norm_id in rows.loc[counted, "norm_id"].unique():
        norm = by_id[norm_id]
        own = rows[rows["norm_id"].eq(norm_id)]
        amount, answer = str(own["amount"].iloc[0]), str(own["answer"].iloc[0])
        if norm.supply is None or not options["service"].eq(norm.service).any():
            continue
        if answer == BALANCE and norm.of is not None:
            supply, whole = (float(weight) for weight in weights_of(norm))
            for what, weight in ((norm.supply, supply), (norm.of, whole)):
                rate = weight * _rate(options, what.amount)
                parts += _entries(context, norm, what, own, rate, n_existing)
            continue
        rate = _rate(options, amount)
        if answer == COUNT and amount in SIZES:
            rate = options["sized_in"].eq(amount).to_numpy(dtype=np.float64)
        parts += _entries(context, norm, norm.supply, own, rate, n_existing)
    shape = (len(rows), len(options))
    if not parts:
        return csr_array(shape, dtype=np.float64)
    need, option, value = (np.concatenate(side) for side in zip(*parts, strict=True))
    # what counts on both sides of a balance has one entry, the sum of the two
    return coo_array((value, (need, option)), shape=shape).tocsr()


def _rate(options: gpd.GeoDataFrame, amount: str) -> Floats:
    """Give what each unit of size has of an amount, or 1 where facilities are counted."""
    if amount in SIZES:
        return np.asarray(options[f"{amount}_per_size"], dtype=np.float64)
    return np.ones(len(options))


def _entries(  # noqa: PLR0917  # the norm, what is counted for it, and by how much
    context: Context,
    norm: Norm,
    what: Count,
    own: pd.DataFrame,
    rate: Floats,
    n_existing: int,
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Give need, option and rate of every option that would count in the unit of a need."""
    number = pd.Series(own.index, index=own["unit_code"].astype("str"))
    for tier in own["unit_type"].map(TIER_OF).unique():
        facilities, where, found = selection(context, norm, what, tier)
        is_option = facilities.index.to_numpy() >= n_existing
        sure = found["sure"].to_numpy(dtype=bool)[is_option]
        at = facilities.index.to_numpy()[is_option] - n_existing
        at_need = number.reindex(where[is_option].astype("str")).to_numpy(dtype=np.float64)
        good = sure & ~np.isnan(at_need) & (rate[at] != 0)
        yield at_need[good].astype(np.int64), at[good].astype(np.int64), rate[at[good]]


_NOBODY: Final = pd.DataFrame(
    {
        "norm_id": pd.array([], dtype="str"),
        "unit_code": pd.array([], dtype="str"),
        "cell": np.zeros(0, dtype=np.int64),
        "x": np.zeros(0),
        "y": np.zeros(0),
        "people": np.zeros(0),
    }
)
# Fewer people than this are what rounding leaves over.
_NONE: Final = 1e-6


def _circle(
    context: Context, rows: pd.DataFrame, norm: Norm, *, n_existing: int
) -> tuple[Circle, pd.DataFrame]:
    """Group the people whom no existing facility of a circle norm reaches by the options that do."""
    own = rows[rows["norm_id"].eq(norm.id) & rows["answer"].eq(COVERAGE)]
    group = str(own["measure"].iloc[0])
    members = own["members"].tolist()
    types = context.units["unit_type"]
    tier = str(types[[code for codes in members for code in codes]].map(TIER_OF).iloc[0])
    where = context.demand(tier)
    if where is None or context.area.population is None:  # pragma: no cover  # nobody to count
        raise AssertionError(norm.id)
    limit = context.limits(norm)[group]
    facilities, circle = circle_facilities(context, norm, tier, limit)
    sets = context.sets(tier, circle)
    at = facilities.index.to_numpy()
    old = int((at < n_existing).sum())
    of_code = {code: k for k, codes in enumerate(members) for code in codes}
    unit_of = np.array([of_code.get(str(code), len(members)) for code in where.unit_codes])
    unit = unit_of[where.unit].astype(np.int64)
    people = np.nan_to_num(where.people(group)) * (unit < len(members))
    problem = cover_problem(sets, people, unit, n_units=len(members) + 1, n_existing=old)
    of_norm = Circle(
        problem=problem,
        option=(at[old:] - n_existing).astype(np.int64),
        need=own.index.to_numpy(dtype=np.int64),
        unit=np.arange(len(members), dtype=np.int64),
    )
    left = people * (1.0 - sets.reached())
    some = np.flatnonzero(left > _NONE)
    cells, nth = np.unique(where.cell[some], return_inverse=True)
    xy = walkers_of(context.area.population, cells, context.area.crs, np.inf).xy[nth]
    unreached = pd.DataFrame(
        {
            "norm_id": pd.array([norm.id] * len(some), dtype="str"),
            "unit_code": pd.array(where.unit_codes[where.unit[some]], dtype="str"),
            "cell": where.cell[some],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "people": left[some],
        }
    )
    return of_norm, unreached


def _units(context: Context, rows: pd.DataFrame, norm: Norm, *, n_existing: int) -> Circle:
    """Group the units that a share of units still needs by the options that would stand in them."""
    own = rows[rows["norm_id"].eq(norm.id) & rows["answer"].eq(UNITS)]
    members = pd.Index(own["members"].iloc[0], dtype="str")
    unit, option = [], []
    types = context.units["unit_type"].reindex(members)
    for tier in types.map(TIER_OF).unique():
        if norm.supply is None:  # pragma: no cover  # a share of units has a supply
            raise AssertionError(norm.id)
        facilities, where, found = selection(context, norm, norm.supply, tier)
        sure = found["sure"].to_numpy(dtype=bool)
        at = facilities.index.to_numpy()
        here = members.get_indexer(pd.Index(where.astype("str")))
        good = sure & (at >= n_existing) & (here >= 0)
        unit.append(here[good])
        option.append(at[good] - n_existing)
    pairs = np.column_stack([np.concatenate(unit), np.concatenate(option)])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    candidates, candidate = np.unique(pairs[:, 1], return_inverse=True)
    _, length = np.unique(pairs[:, 0], return_counts=True)
    base, have = (float(own[name].iloc[0]) for name in ("base_value", "existing"))
    problem = CoverProblem(
        weight=np.ones(len(length)),
        unit=np.zeros(len(length), dtype=np.int64),
        starts=np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
        candidate=candidate.astype(np.int64),
        n_candidates=len(candidates),
        people=np.array([base]),
        covered=np.array([have]),
        reachable=np.array([have + len(length)]),
        method="units with at least one facility",
    )
    nth = own.index.to_numpy(dtype=np.int64)[:1]
    first = np.zeros(1, dtype=np.int64)
    return Circle(
        problem=problem, option=candidates.astype(np.int64), need=nth, unit=first, whole=True
    )


def people_near(context: Context, options: gpd.GeoDataFrame, near_m: float) -> Floats:
    """Count the people whose cell has its middle within some metres of each option."""
    where = context.demand(context.base_tier)
    if where is None or context.area.population is None or len(options) == 0:
        return np.zeros(len(options))
    cells, at = np.unique(where.cell, return_inverse=True)
    weights = np.nan_to_num(where.people(POPULATION))
    people = np.bincount(at, weights=weights, minlength=len(cells))
    middles = walkers_of(context.area.population, cells, context.area.crs, np.inf)
    xy = np.column_stack([options.geometry.x, options.geometry.y])
    apart = cKDTree(xy).sparse_distance_matrix(
        cKDTree(middles.xy), near_m, output_type="coo_matrix"
    )
    of_cell = people[np.searchsorted(cells, middles.cell)]
    near = np.bincount(apart.row, weights=of_cell[apart.col], minlength=len(options))
    return np.round(near, 6)
