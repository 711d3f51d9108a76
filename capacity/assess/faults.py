"""What only shows when the inputs meet each other and the norms: gaps, resolution, missing sizes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely

from capacity.assess.answers import Question
from capacity.assess.circles import CIRCLES
from capacity.assess.counts import selection
from capacity.assess.supply import open_flags
from capacity.distinct import distinct
from capacity.errors import Fault
from capacity.exact import exact_sum, from_sum, rounded
from capacity.fractions import cell_fractions
from capacity.inputs.frames import count_of, faults_by_file, samples
from capacity.network import with_penalties
from capacity.norms.model import UNIT_RULES
from capacity.population import PopulationGrid, cell_areas_km2, transform_of
from capacity.reach.search import most_drawn
from capacity.vocabulary import AMOUNTS, POPULATION, SERVICES, TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import geopandas as gpd
    import pandas as pd
    import pyproj
    from numpy.typing import NDArray

    from capacity.assess.context import Context
    from capacity.norms.model import Count, Norm
    from capacity.population import Population
    from capacity.study_area import StudyArea

GAP_SHARE: Final = 0.01
"""Share of a parent's area in none of its units beyond which it is a warning."""
_NOISE_M2 = 1.0
_AREAL = 2
_SAID_BY_INPUTS: Final = frozenset({("childcare", "places"), ("elder_care", "land_area_m2")})


# --- gaps between units ----------------------------------------------------------------------


def gaps_of(outline: Any, units: NDArray[np.object_]) -> NDArray[np.object_]:
    """Find the ground inside an outline that no unit covers.

    Parameters
    ----------
    outline : Polygon or None
        The parent's polygon; None takes what the units enclose, so that only holes are gaps.
    units : array of Polygon, shape (n_units,)
        In the same metric CRS.

    Returns
    -------
    array of Polygon, shape (n_gaps,)
        Pieces of more than 1 m².

    Examples
    --------
    >>> from shapely import box
    >>> [gap.area for gap in gaps_of(box(0, 0, 10, 10), np.array([box(0, 0, 10, 8)]))]
    [20.0]
    """
    tiled = shapely.coverage_is_valid(units)
    covered = shapely.coverage_union_all(units) if tiled else shapely.union_all(units)
    if outline is None:
        parts = shapely.get_parts(covered)
        rings = shapely.get_exterior_ring(parts[shapely.get_dimensions(parts) == _AREAL])
        outline = shapely.union_all(shapely.polygons(rings))
    elif shapely.equals_exact(shapely.normalize(outline), shapely.normalize(covered)):
        return np.empty(0, dtype=object)  # nearly always, and much sooner known than a difference
    pieces = shapely.get_parts(shapely.difference(outline, covered))
    return np.asarray(pieces[shapely.area(pieces) > _NOISE_M2], dtype=object)


def people_in(population: Population, polygons: NDArray[np.object_], crs: pyproj.CRS) -> int:
    """Count the people inside polygons that do not overlap; points on a border are outside.

    Parameters
    ----------
    population
        Grid, or cells in ``crs``.
    polygons : array of Polygon, shape (n_polygons,)
        In ``crs``.
    crs
        Metric CRS.

    Returns
    -------
    int
        People, by the share of each cell's area, as ``exact_sum`` adds them up.
    """
    if isinstance(population, PopulationGrid):
        people = population.values[POPULATION].ravel()
    else:
        people = population[POPULATION].to_numpy(dtype=np.float64)
        cells = population.geometry.to_numpy()
        if (shapely.get_dimensions(cells) == 0).all():
            inside = shapely.STRtree(cells).query(polygons, predicate="contains_properly")[1]
            return exact_sum(people[distinct(inside)])
    found = cell_fractions(population, polygons, crs)
    return exact_sum(people[found.cell] * found.fraction)


def gap_faults(context: Context) -> list[Fault]:
    """Report the ground and the people between the units of each tier.

    Parameters
    ----------
    context
        Of the assessment.

    Returns
    -------
    list of Fault
        ``units.gaps``, one per tier with gaps: a warning if somebody lives there or if a parent
        lacks more than 1 % of its area, else a fact.
    """
    return [fault for tier in TIERS for fault in _gaps_in_tier(context, tier)]


def gap_polygons(context: Context, tier: str) -> tuple[dict[str, NDArray[np.object_]], float]:
    """Find the ground between the units of a tier.

    Parameters
    ----------
    context
        Of the assessment.
    tier
        Of the units.

    Returns
    -------
    tuple
        Polygons by parent, and the largest share of a parent that they are.
    """

    def ground() -> tuple[dict[str, NDArray[np.object_]], float]:
        """Look for it here."""
        some = list(families(context, tier))
        return ground_between(some, gaps_in(some))

    return context.answers.of(Question("ground", tier), ground)


class Family(NamedTuple):
    """A parent, its polygon if it has one, and the polygons of its units."""

    parent: str
    outline: Any
    units: NDArray[np.object_]


def gaps_in(some: Sequence[Family]) -> list[NDArray[np.object_]]:
    """Find the ground of some parents that none of their units covers; workers do this too.

    Parameters
    ----------
    some
        The parents and their units.

    Returns
    -------
    list of array of Polygon, shape (n_gaps,)
        Of each, as ``gaps_of`` gives them.
    """
    return [gaps_of(family.outline, family.units) for family in some]


def ground_between(
    some: Iterable[Family], gaps: Iterable[NDArray[np.object_]]
) -> tuple[dict[str, NDArray[np.object_]], float]:
    """Put the gaps of all parents together.

    Parameters
    ----------
    some
        The parents and their units.
    gaps
        What ``gaps_in`` gives of each.

    Returns
    -------
    tuple
        Polygons by parent, and the largest share of a parent that they are.
    """
    found: dict[str, NDArray[np.object_]] = {}
    share = 0.0
    for (parent, outline, units), own in zip(some, gaps, strict=True):
        if len(own):
            found[parent] = np.concatenate([found.get(parent, own[:0]), own])
            whole = shapely.area(units).sum() if outline is None else shapely.area(outline)
            share = max(share, float(shapely.area(own).sum() / whole))
    return found, share


def _gaps_in_tier(context: Context, tier: str) -> list[Fault]:
    found, share = gap_polygons(context, tier)
    if not found:
        return []
    gaps = np.concatenate(list(found.values()))
    area = float(shapely.area(gaps).sum())
    population = context.area.population
    people = 0.0
    if population is not None:
        question = Question("gaps", tier)
        people = from_sum(
            context.answers.of(question, lambda: people_in(population, gaps, context.area.crs))
        )
    counted = context.people_of.counted
    living = (
        "" if population is None else f"; {rounded(people, 1)} {counted} lie there, in none of them"
    )
    return [
        Fault(
            severity="warning" if people >= 1 or share > GAP_SHARE else "info",
            code="units.gaps",
            item=", ".join(list(found)[:5]) + (", …" if len(found) > 5 else ""),  # noqa: PLR2004  # a line
            count=len(gaps),
            amount=area,
            unit="m2",
            message=(
                f"units of tier {tier} leave {count_of(len(gaps), 'gap')} of {rounded(area, 0)} m² in all "
                f"(up to {rounded(100 * share, 2)} % of what they should cover){living}."
            ),
            mend="Close the gaps, add the units that are missing, or correct the parent's border.",
        )
    ]


def _drawn(units: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Give the codes and the polygons of units that have one."""
    shapes = units.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return units.index.to_numpy(dtype=object)[there], shapes[there]


def families(context: Context, tier: str) -> Iterator[Family]:
    """Give each parent of units of a tier; those without a polygon together.

    Parameters
    ----------
    context
        Of the assessment.
    tier
        Of the units.

    Yields
    ------
    Family
        In the order of the codes; without those that have no unit with a polygon.
    """
    polygon = dict(zip(*_drawn(context.units), strict=True))
    codes, shapes = _drawn(context.units_of(tier))
    by_parent: dict[str, list[int]] = {}
    for at, code in enumerate(codes):
        by_parent.setdefault(context.parent[code], []).append(at)
    for parent in sorted(by_parent.keys() & polygon.keys()):
        yield Family(parent, polygon[parent], shapes[by_parent.pop(parent)])
    rest = [at for some in by_parent.values() for at in some if codes[at] != context.area.code]
    if len(rest) > 1:
        yield Family(context.area.code, None, shapes[sorted(rest)])


# --- resolution ------------------------------------------------------------------------------

_STRETCHED: Final = 1.01
"""How much wider than its nominal width a map projection makes a cell, at most."""


def resolution_faults(context: Context) -> list[Fault]:
    """Compare the width of the population's cells with the smallest radius in force.

    Parameters
    ----------
    context
        Of the assessment.

    Returns
    -------
    list of Fault
        ``population.coarse``, a warning, if a cell is wider than the radius by more than
        1 %, which is what map projections stretch; else ``population.resolution``, a fact. None
        without a circle, or for people at points.
    """
    circles = [
        (min(limit.metres for limit in context.limits(norm).values()), norm.id)
        for norm in context.norms
        if norm.kind in CIRCLES
    ]
    side = None if context.area.population is None else cell_side_m(context.area.population)
    if not circles or side is None:
        return []
    radius, norm_id = min(circles)
    wide = side > radius * _STRETCHED
    return [
        Fault(
            severity="warning" if wide else "info",
            code="population.coarse" if wide else "population.resolution",
            item=norm_id,
            amount=round(side, 1),
            unit="m",
            message=f"cells of the population are about {rounded(side, 0)} m wide; the smallest radius in "
            f"force is {rounded(radius, 0)} m."
            + (
                " Where in a cell its people live is not known, so coverage within it says little."
                if wide
                else ""
            ),
            mend="Use a finer population grid for circles." if wide else "",
        )
    ]


def cell_side_m(population: Population) -> float | None:
    """Give the width of a typical cell.

    Parameters
    ----------
    population
        Grid, or cells in a metric CRS.

    Returns
    -------
    float or None
        Square root of the area on the ground of the middle cell of a grid, or of the median area of
        polygon cells, in metres; None for points.
    """
    if isinstance(population, PopulationGrid):
        n_rows, n_columns = population.raster.shape
        middle = replace(population.raster, row=n_rows // 2, column=n_columns // 2)
        cell = PopulationGrid(
            {POPULATION: np.zeros((1, 1))}, transform_of(middle), population.crs, window=middle
        )
        return float(1000.0 * np.sqrt(np.max(cell_areas_km2(cell))))
    area = shapely.area(population.geometry.to_numpy())
    return float(np.sqrt(np.median(area[area > 0]))) if (area > 0).any() else None


# --- sizes that norms need -------------------------------------------------------------------


def amount_faults(context: Context) -> list[Fault]:
    """Report facilities and compounds without a size that a norm in force counts.

    Parameters
    ----------
    context
        Of the assessment.

    Returns
    -------
    list of Fault
        ``facilities.no_amount``, ``compounds.no_amount`` (warnings), one per file, service and
        size. Places of childcare and land of elder care are reported by the checks of the inputs.
    """
    lacking: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for norm in context.norms:
        for what, amount in _amounts(norm):
            if (norm.service, amount) not in _SAID_BY_INPUTS and context.has_service(norm.service):
                frame, _, found = selection(context, norm, what, context.base_tier)
                counts = found["sure"].to_numpy(dtype=bool) | (found["unknown"] != "").to_numpy()
                if norm.condition:
                    counts &= frame["condition"].isin(["", norm.condition]).to_numpy(dtype=bool)
                bad = counts & open_flags(frame) & frame[amount].isna().to_numpy()
                before = lacking.get((norm.service, amount), False)
                lacking[norm.service, amount] = before | bad
    faults = []
    for (service, amount), bad in lacking.items():
        faults += _lacking(context.counted(service), bad, amount, SERVICES[service][1])
    compounds = context.area.compounds
    if compounds is not None and any(n.kind == "ratio_per_households" for n in context.norms):
        bad = compounds["elder_floor_area_m2"].isna().to_numpy(dtype=bool)
        faults += _lacking(compounds, bad, "elder_floor_area_m2", "compounds")
    return faults


def _amounts(norm: Norm) -> Iterator[tuple[Count, str]]:
    """Give what a norm counts with each size of facilities that it needs."""
    sized = UNIT_RULES[norm.minimum_size_unit].amount if norm.minimum_size_unit else ""
    for what in (norm.supply, norm.of):
        if what is None or not what.amount:
            continue
        for amount in {what.amount, sized} - {"", "facilities", "elder_floor_area_m2"}:
            yield what, amount


def _lacking(frame: pd.DataFrame, bad: NDArray[np.bool_], amount: str, of: str) -> list[Fault]:
    words = AMOUNTS[amount][1]
    ids = "compound_id" if of == "compounds" else "facility_id"
    names = frame["name"].where(frame["name"] != "", frame[ids])
    fate = f"They count for coverage and in number, never for {words}."
    return faults_by_file(
        frame,
        bad,
        f"{'compounds' if of == 'compounds' else 'facilities'}.no_amount",
        f"no {words} in {{n}} of {{total}} of {of}, which norms in force count: "
        f"{samples(names[bad])}. {'What these lack is not known.' if of == 'compounds' else fate}",
        f"Fill in the {words} where it is known.",
        column=amount,
        severity="warning",
    )


def metres_drawn(area: StudyArea) -> float:
    """Say how many metres on the map a metre of a walk may be: more than one downhill.

    Parameters
    ----------
    area
        Checked inputs.

    Returns
    -------
    float
        At least 1; 1 without a walking network.
    """
    if area.network is None:
        return 1.0
    return most_drawn(with_penalties(area.network, slope=area.parameters.slope == "tobler"))


def margin_faults(context: Context) -> list[Fault]:
    """Name the norm that reaches furthest, if facilities were read less far around the units.

    Parameters
    ----------
    context
        Of an assessment.

    Returns
    -------
    list of Fault
        One error or none: people near the border would be out of reach of facilities never read.
    """
    within = context.area.facilities_within_m
    if within is None:
        return []
    drawn = metres_drawn(context.area)
    reaches = [
        (limit.metres * (1.0 if context.reach_of(norm) is context.straight else drawn), norm.id)
        for norm in context.norms
        if norm.kind in CIRCLES and norm.supply is not None
        for limit in context.limits(norm).values()
    ]
    furthest, norm_id = max(reaches, default=(0.0, ""))
    if furthest <= within:
        return []
    path = context.area.path
    return [
        Fault(
            severity="error",
            code="facilities.margin",
            message=(
                f"facilities further than {within:g} m from the units were not read, but {norm_id} "
                f"reaches {math.ceil(furthest)} m: people near the border would seem out of reach."
            ),
            mend=f"Set facilities.margin_m to {math.ceil(furthest)} or more, or take it out.",
            file="" if path is None else path.name,
            column="facilities.margin_m",
            item=norm_id,
        )
    ]


def norm_faults(context: Context) -> list[Fault]:
    """Gather what shows only now: gaps, resolution and missing sizes.

    Parameters
    ----------
    context
        Of the assessment.

    Returns
    -------
    list of Fault
        Warnings and facts; none is an error.
    """
    return [*gap_faults(context), *resolution_faults(context), *amount_faults(context)]
