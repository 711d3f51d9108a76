"""What the layers of a study area say about each other's datum: frames in, faults out.

Rows that name their unit are witnesses for their own layer and for that of the units, and units for
the layer of the units above them; ``plausible`` weighs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from capacity.errors import Fault
from capacity.inputs.check import sound_polygons
from capacity.inputs.datum import DATUMS, from_wgs84, to_wgs84
from capacity.inputs.frames import count_of
from capacity.inputs.membership import declared_codes
from capacity.inputs.plausible import (
    CANDIDATES,
    MOST_ROWS,
    Evidence,
    settle,
    weigh,
    weigh_polygons,
)
from capacity.vocabulary import TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

_RANK: Final = {unit_type: list(TIERS).index(tier) for unit_type, tier in TIER_OF.items()}
_METRES_PER_DEGREE = 111_320.0
_FEW = 1_000
_SOURCES: Final = {
    "wgs84": "from GPS or 天地图",
    "gcj02": "from Amap (高德) or Tencent (腾讯)",
    "bd09": "from Baidu (百度)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLayer:
    """A layer with coordinates.

    Attributes
    ----------
    key
        Its table in area.toml, such as ``facilities[1]``, or its name in memory.
    datum
        ``gcj02`` or ``bd09`` if it was converted from it, else empty.
    frame
        Normalised, in the CRS that it was read in, ``unit_code`` and ``file`` among its columns.
    """

    key: str
    datum: str
    frame: gpd.GeoDataFrame

    @property
    def said(self) -> str:
        """The datum that it was read in, of ``CANDIDATES``."""
        return self.datum or "wgs84"

    @property
    def file(self) -> str:
        """The file, for faults."""
        return str(self.frame["file"].iloc[0])

    @property
    def where(self) -> str:
        """The key or argument that says its datum."""
        return f"{self.key}.datum" if "[" in self.key else f'datums["{self.key}"]'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Homes:
    """Polygons that rows may name, in degrees: of units, or joined of the units below one."""

    polygons: NDArray[np.object_]
    layer: NDArray[np.int64]
    of_code: Mapping[str, int]

    def numbers(self, codes: pd.Series[str]) -> NDArray[np.int64]:
        """Give the number of each code's polygon, -1 for none."""
        return np.array(codes.map(self.of_code).fillna(-1), dtype=np.int64)


def check_datums(
    unit_layers: Sequence[PlacedLayer], point_layers: Sequence[PlacedLayer], units: pd.DataFrame
) -> list[Fault]:
    """Tell where another datum than the one declared fits clearly better, and where nothing can tell.

    Parameters
    ----------
    unit_layers
        Layers of units whose coordinates can be used.
    point_layers
        Layers of facilities and compounds whose coordinates can be used; ``unit_code`` holds the
        code or the name of the unit that a row names.
    units
        Every unit, created ones included: ``unit_code`` (unique), ``unit_name``, ``unit_type``,
        ``parent_code``.

    Returns
    -------
    list of Fault
        ``crs.other_datum`` (warning), one per group of layers; ``crs.datum_fits``,
        ``crs.datum_undecided`` (others fit as well), ``crs.datum_untested`` (no row names a unit)
        and ``crs.datum_alone`` (units that nothing names) are facts, one for each other layer.
    """
    homes = _homes(unit_layers, units)
    evidence = [
        *(one for layer in point_layers for one in _of_rows(layer, unit_layers, homes, units)),
        *(one for n in range(len(unit_layers)) for one in _of_units(n, unit_layers, homes, units)),
    ]
    layers = {layer.key: layer for layer in (*unit_layers, *point_layers)}
    faults, doubted = [], set()
    for ways in settle(evidence):
        changed = dict.fromkeys(key for way in ways for key in way)
        pairs = [e for e in evidence if {e.first, e.second} & set(changed)]
        faults.append(_other_datum(ways, pairs, layers))
        doubted |= {key for e in pairs for key in (e.first, e.second)}
    for key, layer in layers.items():
        pairs = [e for e in evidence if key in {e.first, e.second}]
        if key not in doubted and ("unit_type" not in layer.frame or not pairs):
            faults.append(_fact(layer, pairs))
    return faults


# --- evidence -------------------------------------------------------------------------------


def _homes(unit_layers: Sequence[PlacedLayer], units: pd.DataFrame) -> _Homes:
    polygons: list[NDArray[np.object_]] = []
    codes: list[str] = []
    numbers: list[int] = []
    for number, layer in enumerate(unit_layers):
        sound = layer.frame.loc[sound_polygons(layer.frame), ["unit_code", "geometry"]]
        polygons.append(np.asarray(sound.geometry.to_crs(4326).array))
        codes += sound["unit_code"].tolist()
        numbers += [number] * len(sound)
    every = np.concatenate([*polygons, np.zeros(0, dtype=object)])
    of_code = {code: n for n, code in enumerate(codes)}
    joined = _joined(every, np.array(numbers, dtype=np.int64), of_code, units)
    return _Homes(
        polygons=np.concatenate([every, np.array([p for _, p, _ in joined], dtype=object)]),
        layer=np.array(numbers + [n for _, _, n in joined], dtype=np.int64),
        of_code=of_code | {code: len(every) + n for n, (code, _, _) in enumerate(joined)},
    )


def _joined(
    polygons: NDArray[np.object_],
    layer: NDArray[np.int64],
    of_code: Mapping[str, int],
    units: pd.DataFrame,
) -> list[tuple[str, object, int]]:
    """Join the polygons below each unit that has none itself, if one layer has them all."""
    root = units.loc[units["parent_code"] == "", "unit_code"]
    bare = units.loc[~units["unit_code"].isin([*of_code, *root]), "unit_code"]
    below = units.loc[units["parent_code"].isin(bare)].groupby("parent_code")["unit_code"]
    made: list[tuple[str, object, int]] = []
    for code, children in below:
        index = np.array([of_code.get(child, -1) for child in children])
        if (index >= 0).all() and len(set(layer[index])) == 1:
            made.append((str(code), shapely.union_all(polygons[index]), int(layer[index[0]])))
    return made


def _of_rows(
    layer: PlacedLayer, unit_layers: Sequence[PlacedLayer], homes: _Homes, units: pd.DataFrame
) -> list[Evidence]:
    """Weigh the rows of a layer that name a unit, against each layer of units that they name."""
    home = homes.numbers(declared_codes(layer.frame["unit_code"], units))
    geometry = np.asarray(layer.frame.geometry.array)
    home[shapely.is_missing(geometry) | shapely.is_empty(geometry)] = -1
    found = []
    for number, named in enumerate(unit_layers):
        rows = np.flatnonzero(np.isin(home, np.flatnonzero(homes.layer == number)))
        if len(rows) == 0:
            continue
        rows = rows[:: -(-len(rows) // MOST_ROWS)]
        lon, lat = _lonlat(layer.frame.iloc[rows])
        found.append(
            weigh(
                (layer.key, named.key),
                (layer.said, named.said),
                lon,
                lat,
                homes.polygons[home[rows]],
            )
        )
    return found


def _of_units(
    number: int, unit_layers: Sequence[PlacedLayer], homes: _Homes, units: pd.DataFrame
) -> list[Evidence]:
    """Weigh the units of a layer against each layer that holds units above them."""
    layer = unit_layers[number]
    sound = layer.frame.loc[sound_polygons(layer.frame)]
    if sound.empty:
        return []
    above = dict(zip(units["unit_code"], units["parent_code"], strict=True))
    parent = homes.numbers(sound["unit_code"].map(above))
    children = np.asarray(sound.geometry.to_crs(4326).array)
    rank = sound["unit_type"].map(_RANK)
    found = []
    for other, upper in enumerate(unit_layers):
        if other == number:
            continue
        candidates = np.flatnonzero(homes.layer == other)
        said = np.where(np.isin(parent, candidates), parent, -1)
        higher = rank.min() > upper.frame["unit_type"].map(_RANK).max()
        chosen = np.arange(len(said)) if higher else np.flatnonzero(said >= 0)
        if len(chosen) == 0 or len(candidates) == 0:
            continue
        place = np.full(len(homes.polygons) + 1, -1)
        place[candidates] = np.arange(len(candidates))
        one = weigh_polygons(
            (layer.key, upper.key),
            (layer.said, upper.said),
            children[chosen],
            homes.polygons[candidates],
            place[said[chosen]],
        )
        found += [] if one is None else [one]
    return found


def _lonlat(frame: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    geometry = np.asarray(frame.geometry.to_crs(4326).array)
    points = shapely.point_on_surface(geometry)
    return shapely.get_x(points), shapely.get_y(points)


# --- words ----------------------------------------------------------------------------------


def _other_datum(
    ways: Sequence[Mapping[str, str]],
    pairs: Sequence[Evidence],
    layers: Mapping[str, PlacedLayer],
) -> Fault:
    first = layers[next(iter(ways[0]))]
    metres = _shift_m(first, ways[0][first.key])
    said = " or ".join(
        " and ".join(f"{key} in {DATUMS[datum]}" for key, datum in way.items()) for way in ways
    )
    told = " " if len(ways) == 1 else " These layers cannot tell which. "
    return Fault(
        severity="warning",
        code="crs.other_datum",
        message=f"another datum fits clearly better than the one declared: {said}, which moves "
        f"{first.key} by about {metres:.0f} m.{told}"
        + " ".join(_scores(e, layers[e.first]) for e in pairs),
        mend=" ".join(_how(key, datum, layers[key]) for way in ways for key, datum in way.items()),
        file=first.file,
        item=first.key,
        count=sum(e.rows for e in pairs if e.first == first.key) or None,
        amount=round(metres),
        unit="m",
    )


def _how(key: str, datum: str, layer: PlacedLayer) -> str:
    degrees = ""
    if layer.frame.crs.is_projected:
        degrees = ", in the degrees that it came in (its file is projected)"
    return f'If {key} is {_SOURCES[datum]}, say {layer.where} = "{datum}"{degrees}.'


def _scores(evidence: Evidence, first: PlacedLayer) -> str:
    """Write the share that fits as read, and for each other datum of either layer."""
    a, b = evidence.declared
    what = (
        "of the area of its units lies in the units above them"
        if "unit_type" in first.frame
        else f"of {count_of(evidence.rows, 'row')} that name a unit stand in it"
    )
    shares = evidence.shares
    parts = [
        f"{evidence.first} in {DATUMS[c]} {shares[c, b]:.1%}" for c in CANDIDATES if c != a
    ] + [f"{evidence.second} in {DATUMS[c]} {shares[a, c]:.1%}" for c in CANDIDATES if c != b]
    return (
        f"{evidence.first} against {evidence.second}: {shares[a, b]:.1%} {what} as read; "
        f"{', '.join(parts)}."
    )


def _fact(layer: PlacedLayer, pairs: Sequence[Evidence]) -> Fault:
    """Say that the datum of a layer fits, or that nothing in the data tells."""
    name = "WGS 84 or CGCS2000" if layer.said == "wgs84" else DATUMS[layer.said]
    scores = " ".join(_scores(e, layer) for e in pairs if e.first == layer.key)
    tells = [e for e in pairs if e.first == layer.key and e.tells]
    if tells:
        return Fault(
            severity="info",
            code="crs.datum_fits",
            message=f"{name} fits better than any other datum of {layer.key}. {scores}",
            file=layer.file,
            item=layer.key,
            count=sum(e.rows for e in tells),
        )
    unit = f"{layer.key}.columns.unit" if "[" in layer.key else "a column unit"
    if "unit_type" in layer.frame:
        code = "crs.datum_alone"
        reason = "no other layer names its units or lies in them."
        mend = (
            "Check a few of its borders on a map of a known datum; facilities that name their unit, "
            "by code or name, would tell."
        )
    elif scores:
        code = "crs.datum_undecided"
        reason = f"other datums fit about as well. {scores}"
        mend = "Check a few of its points on a map of a known datum."
    else:
        code = "crs.datum_untested"
        reason = "no row names a unit that has a polygon."
        mend = f"Name the column of the unit that each row is in, by code or name: {unit}."
    return Fault(
        severity="info",
        code=code,
        message=f"nothing tells whether {layer.key} is in {name} as declared: {reason}",
        mend=mend,
        file=layer.file,
        item=layer.key,
    )


def _shift_m(layer: PlacedLayer, datum: str) -> float:
    """Give the median distance in metres that reading a layer in another datum moves it by."""
    geometry = layer.frame.geometry
    placed = layer.frame.loc[~(geometry.isna() | geometry.is_empty)]
    lon, lat = _lonlat(placed.iloc[:: -(-len(placed) // _FEW)])
    x, y = to_wgs84(*from_wgs84(lon, lat, datum=layer.said), datum=datum)
    east = (x - lon) * np.cos(np.radians(lat))
    return float(np.median(np.hypot(east, y - lat)) * _METRES_PER_DEGREE)
