"""Which units are taken together: neighbours, in parts of about as many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capacity.assess.people import People


def inseparable(people: People, tiers: Sequence[str]) -> list[list[str]]:
    """Group units that only one part can answer for.

    Parameters
    ----------
    people
        People of the study area.
    tiers
        Tiers in whose units people are counted by place, the highest first.

    Returns
    -------
    list of list of str
        Codes of units with a polygon, of all tiers; a community goes with its street, and units that
        share a census total of a larger unit go together.
    """
    codes = [code for tier in tiers for code in people.drawn(tier).index]
    place = {code: at for at, code in enumerate(codes)}
    pairs = [
        (place[code], place[above])
        for code in codes
        for above in people.line(code)
        if above in place
    ]
    for group in people.census_groups:
        totals = people.totals(group)
        known = dict(zip(people.parent, totals.notna().tolist(), strict=True))
        shared = {people.known_above(code, known) for code in codes if not known[code]} - {""}
        for above in sorted(shared):
            inside = [place[code] for code in codes if above in people.line(code)]
            pairs += [(inside[0], at) for at in inside]
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    n = len(codes)
    links = csr_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n, n))
    label = connected_components(links, directed=False)[1]
    groups: dict[int, list[str]] = {}
    for code, of in zip(codes, label.tolist(), strict=True):
        groups.setdefault(of, []).append(code)
    return list(groups.values())


def split(
    groups: Sequence[Sequence[str]],
    places: Mapping[str, shapely.Geometry],
    people: Mapping[str, float],
    boxes: Mapping[str, NDArray[np.float64]],
    *,
    n_parts: int,
    most_cells: float,
) -> list[list[str]]:
    """Put groups of units together to parts, each of neighbours and of about as many people.

    Parameters
    ----------
    groups
        Codes that stay together.
    places
        Polygon of each unit.
    people
        About how many people each unit has; those of units not named are counted already.
    boxes
        Smallest and largest column and row of each unit: minx, miny, maxx, maxy in cells.
    n_parts
        How many parts there are to be, if none has too many cells.
    most_cells
        Largest number of cells around a part of more than one group.

    Returns
    -------
    list of list of str
        Codes of each part, along a Hilbert curve through the middles of the groups: units of one
        part lie near each other, so that little beside them is read twice.
    """
    if len(groups) < 2:  # noqa: PLR2004  # nothing to cut
        return [list(group) for group in groups]
    middles = [shapely.centroid(shapely.multipoints(_middles(group, places))) for group in groups]
    along = gpd.GeoSeries(middles).hilbert_distance().to_numpy()
    order = np.lexsort((np.array([group[0] for group in groups]), along))
    weight = np.array([sum(people.get(code, 0.0) for code in group) for group in groups])
    share = max(float(weight.sum()), 1e-9) / max(1, n_parts)
    parts: list[list[str]] = []
    box, before, filled = np.empty(0), 0.0, 0.0
    for at in order:
        own = _around(np.array([boxes[code] for code in groups[at]]))
        both = own if len(box) == 0 else _around(np.array([box, own]))
        middle = filled + weight[at] / 2
        if parts and (middle - before >= share or _cells(both) > most_cells):
            before, box, both = filled, np.empty(0), own
        if len(box) == 0:
            parts.append([])
        parts[-1] += list(groups[at])
        box, filled = both, filled + float(weight[at])
    return parts


def _middles(group: Sequence[str], places: Mapping[str, shapely.Geometry]) -> NDArray[np.object_]:
    return np.asarray(shapely.centroid(np.array([places[code] for code in group], dtype=object)))


def _around(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _cells(box: NDArray[np.float64]) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))
