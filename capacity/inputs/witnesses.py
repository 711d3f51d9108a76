"""What the layers of a study area say about each other's datum: frames in, faults out.

Rows that name their unit are witnesses for their own layer and for that of the units, and units for
the layer of the units above them; ``plausible`` weighs them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely

from capacity.errors import Fault
from capacity.exact import percent, rounded
from capacity.inputs.check import sound_polygons
from capacity.inputs.crs import same_crs
from capacity.inputs.datum import DATUMS, from_wgs84, to_wgs84
from capacity.inputs.frames import count_of
from capacity.inputs.membership import declared_codes
from capacity.inputs.plausible import (
    CANDIDATES,
    MOST_ROWS,
    PEOPLE,
    Evidence,
    Weighed,
    places_in,
    settle,
    weigh,
    weigh_among_people,
    weigh_polygons,
)
from capacity.vocabulary import TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    PeopleAt = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

_DEGREES: Final = pyproj.CRS(4326)
_RANK: Final = {unit_type: list(TIERS).index(tier) for unit_type, tier in TIER_OF.items()}
_ENOUGH: Final = 20
"""Rows of a service or an origin that name a unit, from which on they are looked at by themselves."""
_MOST_PARTS: Final = 20
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
    datum_said
        Whether area.toml or an argument says its datum or CRS.
    origins
        Where each row is from, of lists with a column of it.
    """

    key: str
    datum: str
    frame: gpd.GeoDataFrame
    datum_said: bool = False
    origins: pd.Series[str] | None = None

    @property
    def said(self) -> str:
        """The datum that it was read in, of ``CANDIDATES``."""
        return self.datum or "wgs84"

    @property
    def is_said(self) -> bool:
        """Whether somebody said what it is in: degrees that call themselves WGS 84 say nothing.

        That is what a file calls itself for want of a code; CGCS2000 and a projection are chosen.
        """
        crs = self.frame.crs
        return self.datum_said or not (crs.is_geographic and same_crs(crs, _DEGREES))

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
    unit_layers: Sequence[PlacedLayer],
    point_layers: Sequence[PlacedLayer],
    units: pd.DataFrame,
    people_at: PeopleAt | None = None,
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
    people_at
        Gives the people of the cells at longitudes and latitudes in WGS 84, NaN where nobody knows.

    Returns
    -------
    list of Fault
        Warnings: ``crs.mixed_datums`` (parts of a list differ), ``crs.datums_may_mix`` (rows differ, and
        nothing says which), ``crs.other_datum``, one per group of layers, and ``crs.datum_unsaid``, one per group whose datum nobody said and nothing tells. Facts,
        one for each other layer: ``crs.datum_fits``, ``crs.datum_undecided`` (others fit as well),
        ``crs.datum_untested`` (no row names a unit) and ``crs.datum_alone`` (units that nothing names).
    """
    homes = _homes(unit_layers, units)
    named = [_of_rows(layer, unit_layers, homes, units) for layer in point_layers]
    evidence = [
        *(one.weighed.evidence() for some in named for one in some),
        *(one for n in range(len(unit_layers)) for one in _of_units(n, unit_layers, homes, units)),
    ]
    layers = {layer.key: layer for layer in (*unit_layers, *point_layers)}
    faults = [fault for some in named if (fault := _mixed(some)) is not None]
    doubted = {fault.item for fault in faults}
    rest = [layer for layer in point_layers if layer.key not in doubted]
    evidence = [e for e in evidence if e.first not in doubted]
    evidence += (
        []
        if people_at is None
        else _among_people(
            rest, evidence, people_at, {key for key, layer in layers.items() if layer.is_said}
        )
    )
    for ways in settle(evidence):
        changed = dict.fromkeys(key for way in ways for key in way)
        pairs = [e for e in evidence if {e.first, e.second} & set(changed)]
        faults.append(_other_datum(ways, pairs, layers))
        doubted |= {key for e in pairs for key in (e.first, e.second)}
    asked = [group for group in _unsaid(layers, evidence) if not set(group) & doubted]
    faults += [_question([layers[key] for key in group], evidence) for group in asked]
    doubted |= {key for group in asked for key in group}
    for key, layer in layers.items():
        pairs = [e for e in evidence if key in {e.first, e.second}]
        if key not in doubted and ("unit_type" not in layer.frame or not pairs):
            faults.append(_fact(layer, pairs))
    return faults


def _unsaid(
    layers: Mapping[str, PlacedLayer], evidence: Sequence[Evidence]
) -> list[tuple[str, ...]]:
    """Group the layers whose datum nobody said and nothing tells; one that is said tells of others.

    Layers that fit each other, and those of one file, are one group: told of one, it is told of all.
    """
    known = {PEOPLE, *(key for key, layer in layers.items() if layer.is_said)}
    near = [{e.first, e.second} for e in evidence if e.tells]
    while any(pair & known and not pair <= known for pair in near):
        known |= {key for pair in near if pair & known for key in pair}
    near += [
        {key for key, layer in layers.items() if layer.file == file}
        for file in {layer.file for layer in layers.values()}
    ]
    left = [key for key in layers if key not in known]
    groups: list[tuple[str, ...]] = []
    while left:
        group = {left[0]}
        while any(pair & group and not (pair & set(left)) <= group for pair in near):
            group |= {key for pair in near if pair & group for key in pair if key in left}
        groups.append(tuple(key for key in left if key in group))
        left = [key for key in left if key not in group]
    return groups


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """The rows of a layer that name a unit of one layer, weighed."""

    layer: PlacedLayer
    rows: NDArray[np.int64]
    weighed: Weighed


def _of_rows(
    layer: PlacedLayer, unit_layers: Sequence[PlacedLayer], homes: _Homes, units: pd.DataFrame
) -> list[_Named]:
    """Weigh the rows of a layer that name a unit, against each layer of units that they name."""
    home = homes.numbers(declared_codes(layer.frame["unit_code"], units))
    home[~_placed(layer)] = -1
    found = []
    for number, named in enumerate(unit_layers):
        rows = np.flatnonzero(np.isin(home, np.flatnonzero(homes.layer == number)))
        if len(rows) == 0:
            continue
        rows = rows[:: -(-len(rows) // MOST_ROWS)]
        keys, said = (layer.key, named.key), (layer.said, named.said)
        weighed = weigh(keys, said, *_lonlat(layer.frame.iloc[rows]), homes.polygons[home[rows]])
        found.append(_Named(layer=layer, rows=rows, weighed=weighed))
    return found


def _placed(layer: PlacedLayer) -> NDArray[np.bool_]:
    """Mark the rows that stand somewhere."""
    geometry = np.asarray(layer.frame.geometry.array)
    placed: NDArray[np.bool_] = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    return placed


def _among_people(
    layers: Sequence[PlacedLayer],
    told: Sequence[Evidence],
    people_at: PeopleAt,
    said: Collection[str],
) -> list[Evidence]:
    """Weigh against the people around them the points of which no unit of a said datum tells."""
    found = []
    for layer in layers:
        rows = np.flatnonzero(_placed(layer))
        pairs = [e for e in told if e.first == layer.key and e.second in said]
        if len(rows) == 0 or any(e.tells or e.refuses for e in pairs):
            continue
        lon, lat = _lonlat(layer.frame.iloc[rows[:: -(-len(rows) // MOST_ROWS)]])
        places = places_in(lon, lat, layer.said)
        one = weigh_among_people(
            layer.key, layer.said, lon, lat, people_at(places[:, 0], places[:, 1])
        )
        found += [] if one is None else [one]
    return found


def _parts_of(named: _Named) -> Iterator[tuple[str, dict[str, NDArray[np.bool_]]]]:
    """Part the rows of a list by what may tell where they are from: kind of part → word → rows."""
    frame, origins = named.layer.frame, named.layer.origins
    for what, words in (("service", frame.get("service")), ("origin", origins)):
        if words is not None:
            here = words.iloc[named.rows]
            counts = here.loc[here != ""].value_counts()
            kept = sorted(counts.index[counts >= _ENOUGH])[:_MOST_PARTS]
            if len(kept) > 1:
                yield what, {word: (here == word).to_numpy(dtype=bool) for word in kept}


def _mixed(named: Sequence[_Named]) -> Fault | None:
    """Tell whether parts of one list are in different datums, and which."""
    if not named:
        return None
    most = max(named, key=lambda one: len(one.rows))
    for what, parts in _parts_of(most):
        evidence = {word: most.weighed.evidence(rows) for word, rows in parts.items()}
        of_units = most.weighed.declared[1]
        fits = {
            word: [c for c in CANDIDATES if (c, of_units) in one.accepted]
            for word, one in evidence.items()
        }
        apart = any(
            some and more and not set(some) & set(more)
            for some, more in itertools.combinations(fits.values(), 2)
        )
        if apart:
            return _mixed_fault(most.layer, what, fits, evidence)
    both = most.weighed.mixture()
    return None if both is None else _may_mix_fault(most, both)


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
        f"{first.key} by about {rounded(metres, 0)} m.{told}"
        + " ".join(_scores(e, layers[e.first]) for e in pairs),
        mend=" ".join(_how(key, datum, layers[key]) for way in ways for key, datum in way.items()),
        file=first.file,
        item=first.key,
        count=sum(e.rows for e in pairs if e.first == first.key) or None,
        amount=round(metres),
        unit="m",
        shares=_told(pairs),
    )


def _how(key: str, datum: str, layer: PlacedLayer) -> str:
    degrees = ""
    if layer.frame.crs.is_projected:
        degrees = ", in the degrees that it came in (its file is projected)"
    return f'If {key} is {_SOURCES[datum]}, say {layer.where} = "{datum}"{degrees}.'


def _scores(evidence: Evidence, first: PlacedLayer) -> str:
    """Write the share that fits as read, and for each other datum of either layer."""
    a, b = evidence.declared
    rows = count_of(evidence.rows, "row")
    if evidence.second == PEOPLE:
        what = f"of {rows} stand where somebody lives"
    elif "unit_type" in first.frame:
        what = "of the area of its units lies in the units above them"
    else:
        what = f"of {rows} that name a unit stand in it"
    shares = evidence.shares
    others = _others(evidence)
    parts = [f"{key} in {DATUMS[c]} {percent(share)}" for key, c, share in others]
    return (
        f"{evidence.first} against {evidence.second}: {percent(shares[a, b])} {what} as read; "
        f"{', '.join(parts)}."
    )


def _others(evidence: Evidence) -> list[tuple[str, str, float]]:
    """Give the share that fits where one of both layers is in another datum: layer, datum, share."""
    a, b = evidence.declared
    shares = evidence.shares
    return [(evidence.first, c, shares[c, b]) for c in CANDIDATES if c != a] + [
        (evidence.second, c, shares[a, c]) for c in CANDIDATES if c != b and (a, c) in shares
    ]


def _told(evidence: Sequence[Evidence]) -> tuple[tuple[str, float], ...]:
    """Give the same as figures, layer by layer in every datum: name, share.

    A name says the layer where there are several, and its witness where it has several.
    """
    witnesses = Counter(one.first for one in evidence)
    found: dict[str, float] = {}
    for one in evidence:
        a, b = one.declared
        every = [(one.first, a, one.shares[a, b]), *_others(one)]
        name = f"{one.first} " if len(witnesses) > 1 else ""
        name += f"against {one.second} " if witnesses[one.first] > 1 else ""
        found |= {f"{name}{DATUMS[c]}": share for key, c, share in every if key == one.first}
    return tuple(found.items())


def _question(group: Sequence[PlacedLayer], evidence: Sequence[Evidence]) -> Fault:
    """Ask for the datum of layers of which nobody said it and nothing tells."""
    keys = [layer.key for layer in group]
    pairs = [e for e in evidence if e.first in keys]
    whose = " and ".join(keys)
    scores = " ".join(_scores(e, layer) for layer in group for e in pairs if e.first == layer.key)
    together = "They fit each other, so one answer tells of all. " if len(group) > 1 else ""
    return Fault(
        severity="warning",
        code="crs.datum_unsaid",
        message=f"what are the coordinates of {whose} in? Nobody said, and nothing tells: files call "
        "degrees WGS 84 whatever they are in, and those of web maps are several hundred metres off. "
        f"They are taken as WGS 84. {together}{scores}".rstrip(),
        mend="Ask where they were taken from and say it once: "
        + ", ".join(layer.where for layer in group)
        + ': "gcj02" (Amap 高德, Tencent 腾讯), "bd09" (Baidu 百度), "wgs84" (GPS) or "cgcs2000" '
        "(天地图).",
        file=group[0].file,
        item=group[0].key,
        count=sum(int(_placed(layer).sum()) for layer in group),
        shares=_told(pairs),
    )


def _mixed_fault(
    layer: PlacedLayer,
    what: str,
    fits: Mapping[str, Sequence[str]],
    evidence: Mapping[str, Evidence],
) -> Fault:
    """Say which part of a list fits in which datum."""
    of_units = next(iter(evidence.values())).declared[1]
    told, shares = [], []
    for word, one in evidence.items():
        best = " or ".join(DATUMS[c] for c in fits[word])
        scores = ", ".join(f"{DATUMS[c]} {percent(one.shares[c, of_units])}" for c in CANDIDATES)
        told.append(f"'{word}' fits in {best} ({scores} of {count_of(one.rows, 'row')})")
        shares += [(f"{word} {DATUMS[c]}", one.shares[c, of_units]) for c in CANDIDATES]
    words = layer.frame["service"] if layer.origins is None or what == "service" else layer.origins
    off = [word for word, some in fits.items() if some and layer.said not in some]
    rows = layer.frame.loc[words.isin(off) & _placed(layer), "row"]
    return Fault(
        severity="warning",
        code="crs.mixed_datums",
        message=f"rows of {layer.key} are in different datums, told by their {what}: "
        f"{'; '.join(told)}.",
        mend=f"Give the file twice, each time with the rows of one datum (where) and its own datum; "
        f"{layer.where} says one for all rows.",
        file=layer.file,
        rows=tuple(rows.tolist()),
        item=layer.key,
        count=len(rows),
        shares=tuple(shares),
    )


def _may_mix_fault(named: _Named, both: tuple[str, str]) -> Fault:
    """Say that the rows of a list fit in one datum or the other, and that no column says in which."""
    layer, weighed = named.layer, named.weighed
    of_units = weighed.declared[1]
    fits = {c: weighed.fits[c, of_units] for c in CANDIDATES}
    first, second = (DATUMS[c] for c in both)
    either = fits[both[0]] | fits[both[1]]
    shares = {c: float(fits[c].mean()) for c in CANDIDATES}
    scores = ", ".join(f"{percent(shares[c])} in {DATUMS[c]}" for c in CANDIDATES)
    off = layer.frame["row"].iloc[np.sort(named.rows[either & ~fits[layer.said]])]
    return Fault(
        severity="warning",
        code="crs.datums_may_mix",
        message=f"{layer.key} may be partly in {first} and partly in {second}: of "
        f"{count_of(len(either), 'row')} that name a unit {percent(float(either.mean()))} stand in it in "
        f"one of the two, but no single datum fits ({scores}). Whichever is said of all rows is wrong "
        f"of the others; {count_of(len(off), 'row')} do not stand in their unit as read.",
        mend="Ask where each row was taken from, write it into a column (来源), and give the file twice, "
        f"each time with the rows of one source (where) and its own datum; {layer.where} says one for "
        "all rows.",
        file=layer.file,
        rows=tuple(off.tolist()),
        item=layer.key,
        count=len(off),
        shares=(
            *((DATUMS[c], shares[c]) for c in CANDIDATES),
            (f"{first} / {second}", float(either.mean())),
        ),
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
            shares=_told(pairs),
        )
    unit = f"{layer.key}.columns.unit" if "[" in layer.key else "a column unit"
    if "unit_type" in layer.frame:
        code = "crs.datum_alone"
        reason = "no other layer names its units or lies in them."
        mend = (
            "Check a few of its borders on a map of a known datum; facilities that name their unit, "
            "by code or name, would tell."
        )
    elif any(e.first == layer.key and e.second != PEOPLE for e in pairs):
        code = "crs.datum_undecided"
        reason = f"other datums fit about as well. {scores}"
        mend = "Check a few of its points on a map of a known datum."
    else:
        code = "crs.datum_untested"
        people = f" Nor do the people around its points tell. {scores}" if scores else ""
        reason = f"no row names a unit that has a polygon.{people}"
        mend = (
            f"Name the column of the unit that each row is in, by code or name: {unit}. Or check a few "
            "of its points on a map of a known datum."
        )
    return Fault(
        severity="info",
        code=code,
        message=f"nothing tells whether {layer.key} is in {name} as declared: {reason}",
        mend=mend,
        file=layer.file,
        item=layer.key,
        shares=_told([e for e in pairs if e.first == layer.key]),
    )


def _shift_m(layer: PlacedLayer, datum: str) -> float:
    """Give the median distance in metres that reading a layer in another datum moves it by."""
    geometry = layer.frame.geometry
    placed = layer.frame.loc[~(geometry.isna() | geometry.is_empty)]
    lon, lat = _lonlat(placed.iloc[:: -(-len(placed) // _FEW)])
    x, y = to_wgs84(*from_wgs84(lon, lat, datum=layer.said), datum=datum)
    east = (x - lon) * np.cos(np.radians(lat))
    return float(np.median(np.hypot(east, y - lat)) * _METRES_PER_DEGREE)
