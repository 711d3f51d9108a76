"""Which unit a point stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from capacity.errors import Fault, InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_WEB_MERCATOR: Final = 3857


def unit_codes_at(points: NDArray[np.object_], units: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Find the unit that each point stands in.

    A point on a border that units share belongs to the unit with the lowest code, as text; a point
    outside every unit, or without coordinates, to none.

    Parameters
    ----------
    points : array of Point, shape (n_points,)
        In the CRS of the units; None where unknown.
    units : GeoDataFrame, shape (n_units,)
        Polygons with ``unit_code``.

    Returns
    -------
    array of str, shape (n_points,)
        Unit codes, empty where there is none.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box, points
    >>> units = gpd.GeoDataFrame(
    ...     {"unit_code": ["B", "A"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4547
    ... )
    >>> unit_codes_at(points([[0.5, 0.5], [1, 0.5], [9, 9]]), units).tolist()
    ['B', 'A', '']
    """
    codes = units["unit_code"].to_numpy(dtype=object)
    result = np.full(len(points), "", dtype=object)
    # GEOS prepares what it asks with: polygons are few and have many corners
    unit, point = shapely.STRtree(points).query(units.geometry.to_numpy(), predicate="intersects")
    rank = np.empty(len(codes), dtype=np.int64)
    rank[np.argsort(codes, kind="stable")] = np.arange(len(codes))
    order = np.argsort(-rank[unit], kind="stable")
    result[point[order]] = codes[unit[order]]
    return result


def check_layers(units: gpd.GeoDataFrame, **layers: gpd.GeoDataFrame) -> None:
    """Refuse layers that cannot be measured together: the plain functions start with this.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons with ``unit_code``, in a projected CRS in metres other than Web Mercator.
    **layers : GeoDataFrame
        Further layers by name, in the same CRS.

    Raises
    ------
    InputError
        Naming every layer and what is wrong with it.
    """
    faults = _units_faults(units)
    for name, layer in layers.items():
        if units.crs is not None and (layer.crs is None or not units.crs.equals(layer.crs)):
            faults.append(
                Fault(
                    severity="error",
                    code=f"{name}.other_crs",
                    message=f"{name} are in {_crs_name(layer)}, units in {_crs_name(units)}.",
                    mend=f"Use {name}.to_crs(units.crs); set_crs first where there is none.",
                )
            )
    if faults:
        raise InputError("The layers cannot be measured together:", faults)


def _units_faults(units: gpd.GeoDataFrame) -> list[Fault]:
    crs = units.crs
    faults = []
    if crs is None or not crs.is_projected or _is_web_mercator(units) or not _in_metres(units):
        faults.append(
            Fault(
                severity="error",
                code="units.not_metric",
                message=f"units are in {_crs_name(units)}, which does not measure in metres.",
                mend="Use a projected CRS such as CGCS2000 3-degree: units.to_crs(4547) near 114° E.",
            )
        )
    missing = units.geometry.isna() | units.geometry.is_empty
    if missing.any():
        faults.append(
            Fault(
                severity="error",
                code="units.no_geometry",
                message=f"{int(missing.sum())} of {len(units)} units have no polygon.",
                mend="Leave them out: units[~units.geometry.isna()].",
            )
        )
    doubled = units.loc[units["unit_code"].duplicated(), "unit_code"].astype(str)
    if len(doubled) > 0:
        faults.append(
            Fault(
                severity="error",
                code="units.duplicate_code",
                message=f"unit codes stand twice: {', '.join(sorted(set(doubled))[:5])}.",
                mend="Give every unit its own unit_code.",
            )
        )
    if not all(isinstance(code, str) for code in units["unit_code"]):
        faults.append(
            Fault(
                severity="error",
                code="units.code_not_text",
                message="unit codes are not text, so leading zeros may be lost.",
                mend='Use units.assign(unit_code=units["unit_code"].astype(str)).',
            )
        )
    return faults


def _crs_name(layer: gpd.GeoDataFrame) -> str:
    return "no CRS" if layer.crs is None else str(layer.crs.to_string())


def _is_web_mercator(layer: gpd.GeoDataFrame) -> bool:
    return "pseudo" in str(layer.crs.name).lower() or layer.crs.to_epsg() == _WEB_MERCATOR


def _in_metres(layer: gpd.GeoDataFrame) -> bool:
    return all(axis.unit_name in {"metre", "meter"} for axis in layer.crs.axis_info)
