"""Pockets: where the people live who are out of reach of every facility, and how many they are.

A pocket is a group of population cells that lie side by side in one unit and hold people out of
reach. What is too small or too far down the list to be drawn is put together in one row per unit, so
that the rows of a unit always add up to its people out of reach.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from capacity.assess.answers import Question
from capacity.assess.circles import CIRCLES
from capacity.assess.context import cell_numbers, cell_places
from capacity.assess.kinds import circle_facilities
from capacity.assess.outlines import grid_outlines
from capacity.distinct import distinct
from capacity.exact import exact_parts
from capacity.population import PopulationGrid
from capacity.reach.straight import circles as within_circles
from capacity.vocabulary import TIER_OF

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pyproj
    from numpy.typing import NDArray

    from capacity.assess.context import Circle, Context
    from capacity.demand import Demand
    from capacity.norms.model import Norm
    from capacity.population import Population
    from capacity.study_area import StudyArea

KEPT: Final = 200
"""Pockets of one norm and group that are drawn; the others are counted."""
_ONE_PERSON: Final = 1.0
MEMBERS: Final = "members"
"""Column of the cells of pockets, in what cells say of them."""
SHAPE: Final = "shape"
"""Column of their outlines (WKB) instead, where somebody has drawn them."""
COLUMNS: Final = ("norm_id", "measure", "unit_code", "pocket", "pockets", "cells", "people")
CIRCLE_COLUMNS: Final = ("norm_id", "measure", "facility", "metres", "reading")


def circles(context: Context) -> gpd.GeoDataFrame:
    """List the facilities that count for each circle norm, and how far they reach.

    Parameters
    ----------
    context
        The assessment that ran.

    Returns
    -------
    GeoDataFrame
        In the CRS of the area: ``norm_id``, ``measure`` (the group), ``facility`` (its label in the
        index of ``area.facilities``), ``metres`` and ``reading`` (``straight line``, or along the
        network, where no circle shows who is in reach). The geometry is what lies within the distance
        of a facility that is an area or has several entrances; None where it is a point, with a circle
        around it, and along the network.
    """
    parts = []
    for norm, group in _asked(context):
        counted, circle = circle_facilities(
            context, norm, context.base_tier, context.limits(norm)[group]
        )
        columns = (norm.id, group, counted.index, circle.limit.metres, circle.reach.reading)
        frame = pd.DataFrame(dict(zip(CIRCLE_COLUMNS, columns, strict=True)))
        parts.append(frame.assign(geometry=_around_areas(context, circle)))
    if not parts:
        empty = pd.DataFrame(columns=list(CIRCLE_COLUMNS))
        return gpd.GeoDataFrame(empty, geometry=[], crs=context.area.crs)
    both = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=context.area.crs)


def _around_areas(context: Context, circle: Circle) -> NDArray[Any]:
    """Draw what lies within the distance of each place that is no point, along the straight line."""
    places = context.places(circle)
    around = np.full(len(places), None, dtype=object)
    if circle.reach is context.straight:
        areas = shapely.get_type_id(places) != shapely.GeometryType.POINT
        around[areas] = within_circles(places[areas], circle.limit.metres)
    return around


def list_pockets(context: Context, findings: pd.DataFrame, *, keep: int = KEPT) -> pd.DataFrame:
    """Group the people out of reach of each circle norm into pockets.

    Parameters
    ----------
    context
        The assessment that ran.
    findings
        Its findings: units without a share of people in reach have no pockets.
    keep
        Pockets of one norm and group that can be drawn, the largest ones; those of under one person,
        and those beyond this number, are summed per unit.

    Returns
    -------
    DataFrame
        ``norm_id``, ``measure`` (the group), ``unit_code``, ``pocket`` (1 is the largest; 0 is what is
        left over of the unit, which is not drawn), ``pockets`` (how many were put together), ``cells``,
        ``people`` (out of reach) and ``members``, the numbers of the cells in the whole layer, None where
        it is not drawn; ``shape`` (WKB) instead of them where parts of the area have drawn theirs. Sorted by
        norm, group and pocket. ``people`` of a unit add up to its people less those in reach.

    Notes
    -----
    Cells lie side by side if they share a side (grid) or touch (polygons); people at points of one
    unit are one pocket. Linear in cells.
    """
    parts = [
        _of_circle(context, norm, group, rows, keep)
        for norm, group in _asked(context)
        if not (rows := _with_share(findings, norm, group)).empty
    ]
    if not parts:
        return pd.DataFrame(columns=[*COLUMNS, MEMBERS])
    return pd.concat(parts, ignore_index=True)


def draw_pockets(area: StudyArea, found: pd.DataFrame) -> gpd.GeoDataFrame:
    """Draw pockets.

    Parameters
    ----------
    area
        Inputs of the assessment.
    found
        Pockets, as ``list_pockets`` gives them.

    Returns
    -------
    GeoDataFrame
        In the CRS of the area: the same rows and columns, with the parts of the cells that lie in the
        unit, those in reach too, instead of ``members``.

    Notes
    -----
    Linear in the cells of the pockets that are drawn.
    """
    columns = found[list(COLUMNS)]
    if found.empty:
        return gpd.GeoDataFrame(columns, geometry=[], crs=area.crs)
    in_parts = SHAPE in found
    drawn = shapely.from_wkb(found[SHAPE]) if in_parts else _drawn_in_units(area, found)
    return gpd.GeoDataFrame(
        columns, geometry=gpd.GeoSeries(list(drawn), crs=area.crs), crs=area.crs
    )


def _asked(context: Context) -> Iterator[tuple[Norm, str]]:
    """Go over the circle norms that are evaluated and the groups that they measure."""
    for norm in context.norms:
        if norm.kind in CIRCLES and norm.supply is not None:
            for group in norm.measures:
                yield norm, group


def _with_share(findings: pd.DataFrame, norm: Norm, group: str) -> pd.DataFrame:
    rows = findings[(findings["norm_id"] == norm.id) & (findings["measure"] == group)]
    return rows[(rows["rollup"] == "unit") & rows["share"].notna()]


def _tier_of(context: Context, rows: pd.DataFrame) -> str:
    """Take the tier of the people; a lower one only where the norm has no rows there or above."""
    tiers = set(rows["unit_type"].map(TIER_OF))
    higher = {tier for tier in tiers if context.people_tier(tier) == context.base_tier}
    return context.base_tier if higher else min(tiers)


def _of_circle(
    context: Context, norm: Norm, group: str, rows: pd.DataFrame, keep: int
) -> pd.DataFrame:
    """List the pockets of a norm and group, and the cells of those that are drawn."""
    tier = _tier_of(context, rows)
    meant = meant_units(context, norm, tier)
    _, circle = circle_facilities(context, norm, tier, context.limits(norm)[group])
    question = Question("pockets", tier, group, circle.key, norm.id)
    found = context.answers.of(
        question, lambda: pockets_of(context, tier, group, circle, meant, keep=keep)
    )
    found = found[_judged(context, found["unit_code"], set(rows["unit_code"]))]
    column = SHAPE if SHAPE in found else MEMBERS
    largest = largest_of(found[found[column].notna()], keep)
    rest = found.drop(largest.index).groupby("unit_code", as_index=False, sort=True)
    left = rest.agg({"people": math.fsum, "cells": "sum", "pockets": "sum"})
    numbered = largest.assign(pocket=np.arange(1, len(largest) + 1))
    both = pd.concat([numbered, left.assign(pocket=0, **{column: None})], ignore_index=True)
    return both.assign(norm_id=norm.id, measure=group)


def largest_of(found: pd.DataFrame, keep: int = KEPT) -> pd.DataFrame:
    """Take the largest pockets, those of at least one person.

    Parameters
    ----------
    found
        Pockets, with ``people``.
    keep
        How many.

    Returns
    -------
    DataFrame
        Those rows, the largest first; of equal ones those that come first.
    """
    return found.iloc[_largest(found["people"].to_numpy(dtype=np.float64), keep)]


def meant_units(context: Context, norm: Norm, tier: str) -> tuple[str, ...]:
    """List the units of a tier that a norm means, or that stand in a unit which it means.

    Parameters
    ----------
    context
        Of the assessment.
    norm
        A circle norm.
    tier
        Of the units.

    Returns
    -------
    tuple of str
        Codes: by type and by the part of the area that the clause names, as far as that is said.
    """
    said = context.applies(norm)
    types = context.units["unit_type"].isin([*norm.levels, *norm.shown_at])
    codes = set(context.units.index[types & said.fillna(value=False)]) or {context.area.code}
    return tuple(
        code
        for code in context.units_of(tier).index
        if not codes.isdisjoint([code, *context.ancestors(code)])
    )


def pockets_of(
    context: Context,
    tier: str,
    group: str,
    circle: Circle,
    meant: Collection[str],
    *,
    keep: int = KEPT,
) -> pd.DataFrame:
    """Group the people out of reach of a circle in some units into pockets.

    Parameters
    ----------
    context
        The assessment that runs.
    tier, group
        Tier of the units, and population column.
    circle
        Facilities, and how far they reach.
    meant
        Codes of the units; those whose people are not known have none.
    keep
        Of so many of the largest the cells are listed.

    Returns
    -------
    DataFrame
        ``unit_code``, ``people``, ``cells``, ``pockets`` (how many a row holds) and ``members``: the
        largest ones, by unit and then by the first cell, with the numbers of their cells in the whole
        layer; then, with None there, what the others of each unit add up to. That may take several rows:
        their exact sum is that of the others, so that some more can be added without rounding.
    """
    where, population = context.located(tier), context.area.population
    if population is None:  # pragma: no cover  # nobody is located then
        raise AssertionError
    placed = context.people_of.placed(tier, group)
    wanted = [code in meant and bool(placed[code]) for code in where.unit_codes]
    out = _out_of_reach(context, tier, group, circle, where)
    if not all(wanted):
        out[~np.array(wanted, dtype=bool)[where.unit]] = 0.0
    open_rows = np.flatnonzero(out > 0)
    label = _labels_of(context, (tier, circle.key), where, open_rows)
    n = int(label.max(initial=-1)) + 1
    unit = np.zeros(n, dtype=np.int64)
    unit[label] = where.unit[open_rows]
    people = np.bincount(label, weights=out[open_rows], minlength=n).astype(np.float64)
    size = np.bincount(label, minlength=n)
    listed = np.sort(_largest(people, keep))
    cells, starts = _cells_of(label, where.cell[open_rows], listed, n)
    number = cell_numbers(population, cells)
    left = _added_up(unit, people, size, np.delete(np.arange(n), listed))
    members = np.full(len(listed) + len(left["unit"]), None, dtype=object)
    for at, one in enumerate(itertools.pairwise(starts)):
        members[at] = number[slice(*one)]
    return pd.DataFrame(
        {
            "unit_code": pd.array(where.unit_codes[[*unit[listed], *left["unit"]]], dtype="str"),
            "people": np.concatenate([people[listed], left["people"]]),
            "cells": np.concatenate([size[listed], left["cells"]]),
            "pockets": np.concatenate([np.ones_like(listed), left["pockets"]]),
            MEMBERS: members,
        }
    )


def _largest(people: NDArray[np.float64], keep: int) -> NDArray[np.int64]:
    """Give the places of the largest pockets of at least one person, the largest first."""
    enough = np.flatnonzero(people >= _ONE_PERSON)
    if len(enough) > keep > 0:
        least = np.partition(people[enough], len(enough) - keep)[len(enough) - keep]
        enough = enough[people[enough] >= least]
    return enough[np.argsort(-people[enough], kind="stable")][:keep]


def _added_up(
    unit: NDArray[np.int64],
    people: NDArray[np.float64],
    cells: NDArray[np.int64],
    rest: NDArray[np.int64],
) -> dict[str, NDArray[Any]]:
    """Add some pockets up by unit: ``unit``, ``people``, ``cells`` and ``pockets`` of each row."""
    own = unit[rest]
    first = np.flatnonzero(np.diff(own, prepend=-1))
    sums = [exact_parts(some.tolist()) for some in np.split(people[rest], first[1:])]
    many = np.array([len(some) for some in sums[: len(first)]], dtype=np.int64)
    begin = np.cumsum(many) - many
    counts = np.zeros((2, int(many.sum())), dtype=np.int64)
    if len(first):
        counts[0, begin] = np.add.reduceat(cells[rest], first)
        counts[1, begin] = np.diff(first, append=len(rest))
    return {
        "unit": np.repeat(own[first], many),
        "people": np.array([one for some in sums for one in some], dtype=np.float64),
        "cells": counts[0],
        "pockets": counts[1],
    }


def _labels_of(
    context: Context, key: tuple[str, Any], where: Demand, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give the number of the pocket of each row; groups with the same rows share them."""
    kept = context.pockets.get(key)
    if kept is None or not np.array_equal(kept[0], rows):
        if context.area.population is None:  # pragma: no cover  # nobody is located then
            raise AssertionError
        kept = context.pockets[key] = rows, _labels(context.area.population, where, rows)
    return kept[1]


def _in_order(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give labels new numbers, by their first row."""
    return np.asarray(pd.factorize(label)[0], dtype=np.int64)


def _out_of_reach(
    context: Context, tier: str, group: str, circle: Circle, where: Demand
) -> NDArray[np.float64]:
    out = 1.0 - context.share(tier, circle, where)
    out *= where.known_people(group)
    return out


def _judged(context: Context, unit_codes: pd.Series, codes: set[str]) -> NDArray[np.bool_]:
    """Mark the units that have a finding of their own, or stand in one that has."""
    known = {c: not codes.isdisjoint([c, *context.ancestors(c)]) for c in unit_codes.unique()}
    return unit_codes.map(known).to_numpy(dtype=bool)


# --- which cells lie side by side --------------------------------------------------------------


def _labels(population: Population, where: Demand, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the number of the pocket of each row, by the first row of each, shape of ``rows``."""
    if isinstance(population, PopulationGrid):
        run, first, second = _grid_neighbours(where, rows, population.shape)
        return _in_order(_parts(int(run.max(initial=-1)) + 1, first, second))[run]
    geometry = population.geometry.to_numpy()
    if (shapely.get_dimensions(geometry[where.cell[rows]]) == 0).all():
        return _in_order(where.unit[rows])
    return _in_order(_parts(len(rows), *_polygon_neighbours(geometry, where, rows)))


def _parts(n: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    graph = csr_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _grid_neighbours(
    where: Demand, rows: NDArray[np.int64], shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the run of each row, cells of one unit side by side, and pair runs one above the other."""
    n_rows, n_columns = shape
    cell, unit = where.cell[rows], where.unit[rows]
    line = cell // n_columns  # much faster than the remainder
    begins = np.ones(len(cell), dtype=bool)
    begins[1:] = cell[1:] != cell[:-1] + 1
    begins[1:] |= unit[1:] != unit[:-1]
    begins[1:] |= line[1:] != line[:-1]
    begin = np.flatnonzero(begins)
    end = np.append(begin[1:], len(cell)) - 1 if len(cell) else begin
    first, last = (unit[at] * (n_rows * n_columns) + cell[at] for at in (begin, end))
    above = np.flatnonzero(cell[begin] < (n_rows - 1) * n_columns)
    low = np.searchsorted(last, first[above] + n_columns)
    many = np.searchsorted(first, last[above] + n_columns, side="right") - low
    nth = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    return np.cumsum(begins) - 1, np.repeat(above, many), np.repeat(low, many) + nth


def _polygon_neighbours(
    geometry: NDArray[Any], where: Demand, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair rows of one unit whose cells touch."""
    some = distinct(where.cell[rows])
    one, other = shapely.STRtree(geometry[some]).query(geometry[some], predicate="intersects")
    touching = pd.DataFrame({"cell": some[one], "other": some[other]})[one < other]
    cell = where.cell[rows]
    key = where.unit[rows] * len(geometry) + cell
    at = pd.DataFrame({"cell": cell, "row": np.arange(len(rows))}).merge(touching, on="cell")
    row = at["row"].to_numpy()
    return _found(key, row, where.unit[rows][row] * len(geometry) + at["other"].to_numpy())


def _found(
    key: NDArray[np.int64], row: NDArray[np.int64], wanted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair each row with the row of the key wanted, where there is one; keys are sorted."""
    if len(key) == 0:
        return row, row
    at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    there = key[at] == wanted
    return row[there], at[there]


# --- what they look like -----------------------------------------------------------------------


def _cells_of(
    label: NDArray[np.int64], cell: NDArray[np.int64], wanted: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Gather the cells of each pocket wanted, and where those of each begin."""
    # small numbers are sorted without comparing them
    nth = np.full(n, len(wanted), dtype=np.min_scalar_type(len(wanted)))
    nth[wanted] = np.arange(len(wanted))
    of_row = nth[label]
    starts = np.cumsum([0, *np.bincount(of_row, minlength=len(wanted))[: len(wanted)]])
    order = np.argsort(of_row, kind="stable")  # those of no pocket wanted come last
    return cell[order[: starts[-1]]], starts


def _drawn_in_units(area: StudyArea, found: pd.DataFrame) -> NDArray[np.object_]:
    """Draw the pockets whose cells are listed, cut at their units; None for the others."""
    drawn = np.full(len(found), None, dtype=object)
    listed = np.flatnonzero(found[MEMBERS].notna().to_numpy())
    if len(listed) == 0:
        return drawn
    population = area.population
    if population is None:  # pragma: no cover  # nobody is located then
        raise AssertionError
    units = area.units.set_index("unit_code").geometry.loc[found["unit_code"].iloc[listed]]
    members = found[MEMBERS].to_numpy(dtype=object)[listed]
    drawn[listed] = outlined(population, members, units, area.crs)
    return drawn


def outlined(
    population: Population, members: NDArray[Any], units: gpd.GeoSeries, crs: pyproj.CRS
) -> NDArray[np.object_]:
    """Draw the parts of cells that lie in units.

    Parameters
    ----------
    population
        What they are cells of.
    members : array of arrays, shape (n,)
        Numbers of the cells of each group in the whole layer, as ``pockets_of`` lists them.
    units : GeoSeries, shape (n,)
        The polygon of the unit of each, with its code as index.
    crs
        CRS of the units, and of the outlines.

    Returns
    -------
    array of geometries, shape (n,)
        Outlines of whole cells, cut at the unit; points stay, and so does what would be lost. What
        several groups have in common is drawn once.
    """
    if len(members) == 0:
        return np.empty(0, dtype=object)
    first, which = _alike(units.index.to_numpy(dtype=object), members)
    each = list(members[first])
    cells = cell_places(population, np.concatenate(each))
    starts = np.cumsum([0, *map(len, each)])
    outlines = gpd.GeoSeries(_outlines(population, cells, starts), crs=population.crs)
    return _within(outlines.to_crs(crs).to_numpy(), units.to_numpy()[first])[which]


def _alike(
    codes: NDArray[np.object_], members: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find pockets of one unit with the same cells: the first of each, and which of these each is."""
    first: list[int] = []
    which = np.empty(len(codes), dtype=np.int64)
    known: dict[tuple[str, int, int], list[int]] = {}
    for at, (code, cells) in enumerate(zip(codes, members, strict=True)):
        same = known.setdefault((code, len(cells), int(cells[0])), [])
        found = next((n for n in same if np.array_equal(members[first[n]], cells)), len(first))
        if found == len(first):
            first.append(at)
            same.append(found)
        which[at] = found
    return np.array(first, dtype=np.int64), which


def _outlines(
    population: Population, cells: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.object_]:
    if isinstance(population, PopulationGrid):
        return grid_outlines(population, cells, starts)
    geometry = population.geometry.to_numpy()
    each = [distinct(cells[begin:end]) for begin, end in itertools.pairwise(starts)]
    return np.array([shapely.union_all(geometry[some]) for some in each], dtype=object)


def _within(outlines: NDArray[Any], units: NDArray[Any]) -> NDArray[Any]:
    """Cut outlines at their units; points stay, and so does what would be lost."""
    cut = shapely.intersection(outlines, units)
    keep = shapely.get_dimensions(cut) < shapely.get_dimensions(outlines)
    return np.where(keep | shapely.is_empty(cut), outlines, cut)
