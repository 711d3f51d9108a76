"""Norms of circles: how many people live within a radius or a walking time of a facility."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.assess.table import UnitTable, as_unit_table, join_notes, no_data
from capacity.demand import demand
from capacity.exact import exact
from capacity.locate import check_layers
from capacity.reach.straight import straight_line
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    import geopandas as gpd
    import pandas as pd

    from capacity.assess.table import Row
    from capacity.population import Population


def coverage_frame(people: pd.Series, covered: pd.Series) -> pd.DataFrame:
    """Report people in reach per unit; the documents set no share, so nothing is met or short.

    Parameters
    ----------
    people, covered : Series
        People and people in reach per unit code; NaN where unknown.

    Returns
    -------
    DataFrame
        Unit table: ``base_value`` people, ``existing`` people in reach, ``share`` 0 to 1, status
        ``reported``; ``not_applicable`` where nobody lives.
    """
    inside = covered.loc[people.index]
    rows = [_coverage_row(float(p), float(c)) for p, c in zip(people, inside, strict=True)]
    return as_unit_table(rows, people.index)


def _coverage_row(people: float, covered: float) -> Row:
    if people != people:  # noqa: PLR0124  # NaN
        return no_data("population")
    if exact(people) == 0:
        return {
            "base_value": 0.0,
            "existing": 0.0,
            "status": "not_applicable",
            "note": "no residents",
        }
    if covered != covered:  # noqa: PLR0124  # NaN: nobody knows where they live
        return no_data("population by place", base_value=people)
    inside = min(covered, people)
    return {
        "base_value": people,
        "existing": inside,
        "share": inside / people,
        "status": "reported",
    }


def coverage_table(
    measure: str,
    people: pd.Series,
    covered: pd.Series,
    method: str,
    *,
    note: str = "",
    without_boundary: Iterable[str] = (),
) -> UnitTable:
    """Make the unit table of a circle norm for one population column; the note is every unit's."""
    frame = coverage_frame(people, covered)
    lost = frame.index.isin(list(without_boundary)) & frame["status"].eq("no_data")
    lost &= frame["base_value"].notna()
    frame.loc[lost, "note"] = no_data("boundaries")["note"]
    if note:
        frame["note"] = [join_notes(own, note) for own in frame["note"]]
    return UnitTable(measure=measure, frame=frame, method=method, net_required=None)


def circle_coverage(
    population: Population,
    facilities: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    radius_m: float | str | Decimal,
    group: str = POPULATION,
) -> pd.DataFrame:
    r"""Count the people within a straight-line radius of any facility, unit by unit.

    .. math:: covered_u = \sum_c p_c \cdot \frac{|c \cap u \cap R|}{|c|}, \quad
              R = \bigcup_f \{x : d(x, f) \le r\}

    A distance of exactly the radius counts. Cells are cut at the circle and at the unit's border;
    a point cell is in or out. Facilities outside a unit, and outside every unit, count.

    Parameters
    ----------
    population
        ``PopulationGrid``, or GeoDataFrame of cells (polygons or points), people per cell.
    facilities : GeoDataFrame, shape (n_facilities,)
        Points, or areas, which are reached at their boundary; with a column ``is_open`` only open
        ones count.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``. All three layers in one projected metric CRS.
    radius_m
        Service radius in metres.
    group
        Population column to count.

    Returns
    -------
    DataFrame
        Index ``unit_code`` in the order of ``units``; ``base_value`` (people), ``existing`` (people
        in reach), ``share`` (0 to 1), ``status`` (``reported``), ``note``; ``required``,
        ``shortfall`` and ``surplus`` are NaN.

    Raises
    ------
    InputError
        If cells and units are in different CRSs, or people are negative or missing.
    KeyError
        If the group is not a column of the population.

    Notes
    -----
    The form of 半径300米托育服务圈 in Zhengzhou's plan of 2023-02-07, 三(六)2, which sets no share.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=[box(0, 0, 1000, 1000)], crs=4547)
    >>> cells = gpd.GeoDataFrame(
    ...     {"population": [1200, 800, 1000]},
    ...     geometry=[Point(100, 500), Point(300, 500), Point(301, 500)],
    ...     crs=4547,
    ... )
    >>> one = gpd.GeoDataFrame(geometry=[Point(0, 500)], crs=4547)
    >>> circle_coverage(cells, one, units, radius_m=300)[["existing", "share"]].round(3)
               existing  share
    unit_code
    A            2000.0  0.667
    """
    check_layers(units, facilities=facilities)
    where = demand(population, units)
    is_open = facilities["is_open"].to_numpy(dtype=bool) if "is_open" in facilities else slice(None)
    points = facilities.geometry.to_numpy()[is_open]
    share = straight_line(population, where, units, points, float(exact(radius_m)))
    return coverage_frame(where.by_unit(group), where.by_unit(group, share))
