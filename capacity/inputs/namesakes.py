"""Facilities of one name further apart than duplicates are: one place in two surveys, or two.

The same name twice in a street is often one place: given in two lists, geocoded twice, or once in
another datum (half a kilometre off). It may also be a chain. Nobody can know here, so nothing is
left out: the pairs are reported, and findings that count them say so.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from capacity.errors import Fault
from capacity.exact import rounded
from capacity.inputs.duplicates import (
    KINDS,
    Duplicates,
    alike,
    by_files,
    codes_of,
    of_pairs,
    pairs_near,
    plain_names,
)
from capacity.inputs.frames import count_of
from capacity.vocabulary import AMOUNTS, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

FAR_M: Final = 1500.0
"""Metres within which one name in two units may be one place: BD-09 read as WGS 84 is off by up to
1.3 km, GCJ-02 by up to 0.7 km."""
COMMON: Final = 3
"""Places that a name may stand at and still be asked about: more are a chain, or no name."""
SPOT_M: Final = 50.0
"""Metres within which one name of two types may be one place."""
_ENDING: Final = re.compile("(?<=..)(?:街道|社区|村|镇|乡)$")
_PLACES: Final = frozenset({"社区", "街道", "乡镇", "新村", "农村", "城市", "城乡", "广场", "公园"})
_LONGEST = 12  # letters of a unit's name
_LEFT = 2  # letters that a name must have beside the unit's and the words of its kind
_WORDS: Final = re.compile(
    "社区|街道|乡镇|新村|农村|城市|城乡|公共|公办|民办|普惠|公益|示范|综合|服务|中心|分中心|机构|设施|场所|"
    "活动|文化|体育|健身|运动|广场|公园|路径|器材|篮球|足球|羽毛球|乒乓球|球场|场地|游泳|"
    "托育|托幼|托儿|婴幼儿|幼儿|儿童|照护|早教|之家|幼儿园|小学|中学|学校|大学|"
    "养老|敬老|老年|老人|长者|居家|日间|照料|护理|康复|福利|食堂|助餐|餐厅|驿站|养老院|敬老院|幸福院|"
    "卫生|医疗|医院|诊所|门诊|健康|保健|便民|超市|市场|菜市场|农贸|图书|书屋|书房|阅览|农家|农民|"
    "党群|工作|社会|志愿|残疾人|退役军人|救助|应急|物资|储备|公墓|级|处|区|镇|乡|村|县|市|院|园|所|站|点|"
    "室|馆|场|店|库|家|号|新|老|大|小"
)
"""Words of kinds of facilities, which tell one place from another no better than a number does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesakes:
    """Pairs of rows of one name that are far apart, and names at too many places to ask about.

    Attributes
    ----------
    first, second
        Positions of the rows of each pair, shape (n_pairs,), ``first < second``; sorted.
    distance_m
        How far apart they are, shape (n_pairs,).
    common
        Name and service → places it stands at, of the names that are taken for chains.
    """

    first: Rows
    second: Rows
    distance_m: NDArray[np.float64]
    common: dict[tuple[str, str], int]


def find_namesakes(
    frame: gpd.GeoDataFrame, near: Duplicates, unit_names: Iterable[str] = ()
) -> Namesakes:
    """Find rows of one specific name that may be one place, though they are far apart.

    Names are compared as those of duplicates are, without the names of units in front; where only
    words of kinds (社区, 托育, 卫生室) are left, with the name of the last unit. A name is
    specific if there is more to it than words of kinds, and if it
    stands at no more than 3 places of the service. Rows with coordinates, of one service and
    equally open, are a pair if they stand in one street or community, however far apart, or at
    most 1,500 m apart (exactly so far counts), and are not duplicates already. Rows of one name,
    specific or not, of different known types are a pair if they stand at one spot, at most 50 m apart.

    Parameters
    ----------
    frame : GeoDataFrame, shape (n_rows,)
        ``name``, ``service``, ``is_open``, points (None where unknown) in a metric CRS, and
        ``facility_type``, ``street_code`` and ``community_code`` where there are such.
    near
        What ``find_duplicates`` found; rows that it leaves out are in no pair.
    unit_names
        Names of units.

    Returns
    -------
    Namesakes
        Of several rows at one place only the first is paired.

    Notes
    -----
    Near-linear: a name has at most three places.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import points
    >>> from capacity.inputs.duplicates import find_duplicates
    >>> some = gpd.GeoDataFrame(
    ...     {"name": ["金水区阳光托育", "阳光托育", "托育园", "托育园"], "service": "childcare"},
    ...     geometry=points([[0, 0], [640, 0], [0, 0], [640, 0]]),
    ...     crs=4547,
    ... ).assign(unit_code="", is_open=True)
    >>> found = find_namesakes(some, find_duplicates(some, 50), ["金水区"])
    >>> found.first.tolist(), found.second.tolist(), found.distance_m.tolist()
    ([0], [1], [640.0])
    """
    geometry = np.asarray(frame.geometry.array)
    placed = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
    names = _bare_names(frame["name"], unit_names)
    asked = placed & ~near.left_out & (names != "").to_numpy(dtype=bool)
    key = codes_of([names, frame["service"], frame["is_open"]], len(frame))
    place = _components(near.first, near.second, len(frame))
    rows = np.flatnonzero(asked)
    _, firsts = np.unique(codes_of([pd.Series(key[rows]), pd.Series(place[rows])], len(rows)),
                          return_index=True)  # fmt: skip
    rows = rows[np.sort(firsts)]
    places = np.bincount(key[rows], minlength=key.max(initial=0) + 1)
    few = rows[(places[key[rows]] > 1) & (places[key[rows]] <= COMMON)]
    of_name = pd.DataFrame({"key": key[few], "row": few})
    both = of_name.merge(of_name, on="key", suffixes=("", "_other"))
    both = both[both["row"] < both["row_other"]]
    pairs = both[["row", "row_other"]].to_numpy(dtype=np.int64).reshape(-1, 2)
    pairs = pairs[alike([frame[kind] for kind in KINDS if kind in frame], pairs)]
    distance = shapely.distance(geometry[pairs[:, 0]], geometry[pairs[:, 1]])
    found = _in_one_unit(frame, pairs) | (distance <= FAR_M)
    pairs = np.concatenate([pairs[found], _of_two_types(frame, placed & ~near.left_out)])
    distance = shapely.distance(geometry[pairs[:, 0]], geometry[pairs[:, 1]])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    many = rows[places[key[rows]] > COMMON]
    labels = frame["name"].to_numpy(dtype=object)
    service = frame["service"].to_numpy(dtype=object)
    common = {
        (str(labels[row]), str(service[row])): int(places[key[row]])
        for row in reversed(many.tolist())
    }
    return Namesakes(
        first=pairs[order, 0],
        second=pairs[order, 1],
        distance_m=distance[order],
        common=dict(sorted(common.items(), key=lambda item: (-item[1], item[0]))),
    )


def _of_two_types(frame: gpd.GeoDataFrame, asked: NDArray[np.bool_]) -> Rows:
    """Pair rows of one name, service and openness at one spot whose types are known and differ."""
    if "facility_type" not in frame:
        return np.zeros((0, 2), dtype=np.int64)
    types = frame["facility_type"].to_numpy(dtype=object)
    names = plain_names(frame["name"])
    asked = asked & (types != "") & (names != "").to_numpy(dtype=bool)
    key = codes_of([names, frame["service"], frame["is_open"]], len(frame))
    named = pd.DataFrame({"key": key, "type": types})[asked].drop_duplicates()
    several = named.loc[named["key"].duplicated(), "key"]
    rows = np.flatnonzero(asked & np.isin(key, several))
    xy = shapely.get_coordinates(np.asarray(frame.geometry.array)[rows])
    at = np.full((len(frame), 2), np.nan)
    at[rows] = xy
    pairs = np.sort(pairs_near(at, key, rows, SPOT_M), axis=1)
    differing: Rows = pairs[types[pairs[:, 0]] != types[pairs[:, 1]]]
    return differing


def _bare_names(names: pd.Series[str], unit_names: Iterable[str]) -> pd.Series[str]:
    """Take the names of units off the front; empty where none other has the rest, or it is not specific.

    Of what is left nothing but words of kinds, the last unit's name tells: 东风社区托育点, also where
    its ending is left out (东风托育点) and no other unit has the rest.
    """
    plain = plain_names(names)
    units = {unit for unit in plain_names(pd.Series(list(unit_names), dtype="str")) if unit}
    begins = {unit[:2] for unit in units}
    stems = _stems(units)
    split = [_bare(name, units, begins) for name in plain.tolist()]
    begins = {stem[:2] for stem in stems}
    split = [_in_full(*pair, stems) if pair[1][:2] in begins else pair for pair in split]
    repeated = {rest for rest, n in Counter(rest for _, rest in split).items() if n > 1}
    words = {rest for rest in repeated if _is_specific(rest)}
    vague = repeated - words - {""}
    of_unit = Counter(pair for pair in split if pair[0] and pair[1] in vague)
    kept = [
        pair[1] if pair[1] in words else "".join(pair) if of_unit.get(pair, 0) > 1 else ""
        for pair in split
    ]
    return pd.Series(kept, index=names.index, dtype="str")


def _bare(name: str, units: set[str], begins: set[str]) -> tuple[str, str]:
    """Split a name into the last of the units' names that it begins with, and the rest."""
    last = ""
    while name[:2] in begins:
        lengths = range(min(len(name), _LONGEST), 1, -1)
        unit = next((name[:n] for n in lengths if name[:n] in units), "")
        if not unit:
            break
        last, name = unit, name[len(unit) :]
    return last, name


def _stems(units: set[str]) -> dict[str, str]:
    """Give the unit of each name without its ending that one unit alone has."""
    stems = [(_ENDING.sub("", unit), unit) for unit in units]
    several = Counter(stem for stem, _ in stems)
    return {stem: unit for stem, unit in stems if stem != unit and several[stem] == 1}


def _in_full(last: str, name: str, stems: dict[str, str]) -> tuple[str, str]:
    """Take a unit's name without its ending off a name, if nothing but words of kinds is left."""
    for n in range(min(len(name) - 1, _LONGEST), 1, -1):
        if name[:n] in stems and _is_of_kind(name[n:]):
            return stems[name[:n]], name[n:]
    return last, name


def _is_of_kind(name: str) -> bool:
    """Say whether a name is nothing but words of kinds, and begins with none of a place (东风路, 东风小区)."""
    first = _WORDS.match(name)
    if first is None or len(first[0]) < _LEFT or first[0] in _PLACES:
        return False
    return not _WORDS.sub("", name)


def _is_specific(name: str) -> bool:
    return len(_WORDS.sub("", name)) >= _LEFT


def _components(first: Rows, second: Rows, n: int) -> Rows:
    """Give the rows that pairs join, directly or not, the same number."""
    links = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(n, n))
    numbers: Rows = connected_components(links, directed=False)[1].astype(np.int64)
    return numbers


def _in_one_unit(frame: pd.DataFrame, pairs: Rows) -> NDArray[np.bool_]:
    found = np.zeros(len(pairs), dtype=bool)
    for column in ("street_code", "community_code"):
        if column in frame:
            code = frame[column].to_numpy(dtype=object)
            one, other = code[pairs[:, 0]], code[pairs[:, 1]]
            found |= (one == other) & (one != "")
    return found


def twins(near: Duplicates, far: Namesakes) -> Rows:
    """Give the rows that may be one place the same number.

    Parameters
    ----------
    near, far
        What ``find_duplicates`` and ``find_namesakes`` found in one frame.

    Returns
    -------
    array of int64, shape (n_rows,)
        The same number from 1 for rows that may be one place, 0 for all others; rows that are left
        out are none.
    """
    stays = ~(near.left_out[near.first] | near.left_out[near.second])
    first = np.concatenate([near.first[stays], far.first])
    second = np.concatenate([near.second[stays], far.second])
    place = _components(first, second, len(near.left_out))
    _, numbers, sizes = np.unique(place, return_inverse=True, return_counts=True)
    repeated = sizes[numbers] > 1
    found = np.zeros(len(place), dtype=np.int64)
    found[repeated] = np.unique(place[repeated], return_inverse=True)[1] + 1
    return found


def namesake_faults(frame: pd.DataFrame, found: Namesakes) -> list[Fault]:
    """Report pairs of one name far apart, and the names that were not asked about.

    Parameters
    ----------
    frame
        ``name``, ``file``, ``row`` and sizes.
    found
        As ``find_namesakes`` gives it for the frame.

    Returns
    -------
    list of Fault
        ``facilities.same_name`` (warnings), as ``duplicate_faults`` lays pairs out, nearest first;
        and ``facilities.common_names`` (a fact).
    """
    pairs = Duplicates(first=found.first, second=found.second, left_out=np.zeros(0, dtype=bool))
    counted = list(zip(_counts(frame, found.first), _counts(frame, found.second), strict=True))
    said = np.array(
        [
            f"{rounded(distance, 0)} m apart, {one[0]} and {other[0]}"
            for distance, (one, other) in zip(found.distance_m, counted, strict=True)
        ],
        dtype=object,
    )
    said_zh = np.array(
        [
            f"相距 {rounded(distance, 0)} 米,{one[1]}和{other[1]}"
            for distance, (one, other) in zip(found.distance_m, counted, strict=True)
        ],
        dtype=object,
    )
    faults = [
        of_pairs(
            frame,
            pairs,
            some[np.argsort(found.distance_m[some], kind="stable")],
            said,
            said_zh,
            fate_zh="两行都计入",
            code="facilities.same_name",
            message=f"{count_of(len(some), 'pair')} of one name in one street or community, or at most {rounded(FAR_M, 0)} m "
            "apart, or of two types at one spot{between}: {pairs}; every row counts, so that one place given twice counts twice.",
            mend="Delete one row of each pair that is one place (a row in another datum stands about "
            "500 m off). If they are two places, give them different names, such as …(东区)."
            + _shifted_alike(frame, found, some),
        )
        for some in by_files(frame, pairs)
    ]
    return faults + _of_common(found.common)


def _shifted_alike(frame: gpd.GeoDataFrame, found: Namesakes, some: Rows) -> str:
    """Say that a whole list stands aside of another, as one in another datum does."""
    first, second = found.first[some], found.second[some]
    file = frame["file"].to_numpy(dtype=object)
    if file[first[0]] == file[second[0]] or len(some) < _ALIKE:
        return ""
    points = np.asarray(frame.geometry.array)
    shift = shapely.get_coordinates(points[second]) - shapely.get_coordinates(points[first])
    middle = np.median(shift, axis=0)
    alike_m = np.hypot(*(shift - middle).T) <= _SAME_SHIFT_M
    if alike_m.sum() < max(_ALIKE, len(some) / 2):
        return ""
    return (
        f" {int(alike_m.sum())} of them stand the same {rounded(np.hypot(*middle), 0)} m aside, as a list in "
        f"another datum does (高德 gcj02, 百度 bd09): say the datum of {file[first[0]]} or "
        f"{file[second[0]]} in area.toml; what is one place is then found as a duplicate."
    )


_ALIKE: Final = 3  # pairs that show a shift
_SAME_SHIFT_M: Final = 30.0  # metres within which shifts are one


def _of_common(common: dict[tuple[str, str], int]) -> list[Fault]:
    if not common:
        return []
    first = list(common.items())[:3]
    shown = ", ".join(f"{name} ({service} {places})" for (name, service), places in first)
    shown_zh = "、".join(
        f"「{name}」{SERVICES[service][0] if service in SERVICES else service} {places} 处"
        for (name, service), places in first
    )
    more = f" and {len(common) - 3} more" if len(common) > 3 else ""  # noqa: PLR2004
    return [
        Fault(
            severity="info",
            code="facilities.common_names",
            message=f"names at more than {COMMON} places of their service are taken for chains, and "
            f"none of these places for another: {shown}{more}.",
            count=len(common),
            found_zh=(shown_zh + (f"等{len(common)}个" if more else ""),),
        )
    ]


def _counts(frame: pd.DataFrame, rows: Rows) -> Iterator[tuple[str, str]]:
    """Say what rows count with, in English and Chinese: the first size that each has."""
    sizes = [name for name in AMOUNTS if name in frame]
    values = frame[sizes].to_numpy(dtype=np.float64)[rows] if sizes else np.zeros((len(rows), 0))
    for row in values:
        known = [
            (f"{value:g} {AMOUNTS[size][2]}", f"{AMOUNTS[size][0]} {value:g}")
            for size, value in zip(sizes, row, strict=True)
            if np.isfinite(value)
        ]
        yield known[0] if known else ("1 facility", "1 处")
