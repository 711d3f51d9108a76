"""Rows that are probably the same facility or compound: the same name at the same place.

Overlapping lists (two registers of one service, last year's list beside this year's) count places
twice. Which row is right cannot be known here: pairs are reported, and left out only if asked.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from capacity.errors import Fault
from capacity.inputs.frames import count_of, faults_by_file, samples
from capacity.vocabulary import AMOUNTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

SAME_PLACE_M: Final = 1.0
"""Metres within which two points are one place, so that one name need only hold the other."""
_COMPANY_FORMS: Final = ("股份有限公司", "有限责任公司", "有限公司", "pteltd", "ltd", "llp")
_SHORTEST = 4  # a shorter name, such as 幼儿园, is held by too many others
_CROWD = 50  # as many names at one place were geocoded to a district, not to a building
KINDS: Final = ("facility_type",)
"""Columns of which rows with different known values are different things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Pairs of rows that are probably the same thing.

    Attributes
    ----------
    first, second
        Positions of the rows of each pair, shape (n_pairs,), ``first < second``; sorted.
    left_out
        Rows that an earlier row which stays makes superfluous, shape (n_rows,).
    """

    first: Rows
    second: Rows
    left_out: NDArray[np.bool_]


def plain_names(names: pd.Series[str]) -> pd.Series[str]:
    """Bring names to the letters and digits that tell them apart.

    Full-width forms, case, spaces, punctuation and brackets (not what stands in them) do not count,
    nor does the form of a company at the end.

    Parameters
    ----------
    names
        Names as typed.

    Returns
    -------
    Series
        Same index; empty where nothing is left.

    Examples
    --------
    >>> plain_names(pd.Series(["阳光 托育（东区）有限公司", "阳光托育(东区)"])).tolist()
    ['阳光托育东区', '阳光托育东区']
    """
    code, distinct = pd.factorize(names.to_numpy(dtype=object), use_na_sentinel=False)
    plain = np.empty(len(distinct), dtype=object)
    plain[:] = [_plain(name) for name in distinct]
    return pd.Series(plain[code], index=names.index, dtype=names.dtype)


@functools.lru_cache(maxsize=1 << 17)  # several checks ask for the names of one list
def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    plain = folded if folded.isalnum() else "".join(filter(str.isalnum, folded))
    if not plain.endswith(_COMPANY_FORMS):
        return plain
    form = next(form for form in _COMPANY_FORMS if plain.endswith(form))
    return plain.removesuffix(form)


def find_duplicates(
    frame: gpd.GeoDataFrame, distance_m: float, *, within: Sequence[str] = ()
) -> Duplicates:
    """Find pairs of rows that are probably the same thing.

    Two rows are a pair if they agree in every column of ``within`` and either have the same plain
    name and stand at most ``distance_m`` apart (exactly so far counts), or stand at most 1 m apart
    and the plain name of one, four letters or more, is part of the other's. Rows without
    coordinates are a pair if they have the same plain name and declare the same unit; one without
    and one with coordinates, if they have the same plain name and the latter declares the unit of
    the former too, or stands in it (streets and communities only). Rows without a name are in no
    pair, nor are rows of different known facility types.

    Parameters
    ----------
    frame : GeoDataFrame, shape (n_rows,)
        ``name``, ``unit_code``, points (None where unknown) in a metric CRS, and ``facility_type``,
        ``street_code`` and ``community_code`` where there are such.
    distance_m
        Metres.
    within
        Columns of which only equal rows can be the same thing.

    Returns
    -------
    Duplicates
        Among rows equal in all of this only the pairs with the first of them are listed. Which
        pairs there are does not depend on the order of the rows; which row of a pair is left out
        does: the later one, unless the row that it repeats is itself left out; of one without and
        one with coordinates, the former.

    Notes
    -----
    Near-linear: neighbours are found in a k-d tree with the name as a third coordinate. Places with
    more than 50 different names are not searched for names that hold each other.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import points
    >>> some = gpd.GeoDataFrame(
    ...     {"name": ["阳光托育", "阳光托育有限公司", "阳光托育"], "unit_code": ""},
    ...     geometry=points([[0, 0], [50, 0], [101, 0]]),
    ...     crs=4547,
    ... )
    >>> found = find_duplicates(some, 50)
    >>> found.first.tolist(), found.second.tolist(), found.left_out.tolist()
    ([0], [1], [False, True, False])
    """
    geometry = np.asarray(frame.geometry.array)
    placed = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
    name = plain_names(frame["name"])
    kinds = [frame[column] for column in KINDS if column in frame]
    group = codes_of([*(frame[column] for column in within)], len(frame))
    xy = np.column_stack([shapely.get_x(geometry), shapely.get_y(geometry)])
    # Rows equal in all of this have the same neighbours: the first of them stands for all.
    unit = frame["unit_code"].mask(placed, "")
    place = [pd.Series(axis).fillna(-1.0) for axis in xy.T]
    same = codes_of([name, pd.Series(group), unit, pd.Series(placed), *place, *kinds], len(frame))
    usable = (name != "").to_numpy(dtype=bool) & (placed | (unit != "").to_numpy(dtype=bool))
    _, firsts = np.unique(same, return_index=True)
    first_of = firsts[same]
    stands = usable & (first_of == np.arange(len(frame)))
    copy = np.flatnonzero(usable & ~stands)
    named = codes_of([name, pd.Series(group), unit], len(frame))
    near = [
        pairs_near(xy, named, np.flatnonzero(stands & placed), distance_m),
        _holding(xy, group, name, np.flatnonzero(stands & placed)),
        pairs_near(np.zeros_like(xy), named, np.flatnonzero(stands & ~placed), 0.0),
    ]
    pairs = np.unique(np.sort(np.concatenate(near), axis=1), axis=0)
    pairs = pairs[alike(kinds, pairs)]
    alone = codes_of([name, pd.Series(group)], len(frame))
    half = _half_placed(frame, alone, stands, placed)
    half = half[alike(kinds, half)]
    # What has coordinates goes first, so that no row is left out for one that does not stay.
    lost = half[~_superfluous(pairs, len(frame))[half[:, 0]], 1]
    left_out = _superfluous(pairs[~np.isin(pairs, lost).any(axis=1)], len(frame))
    left_out[lost] = left_out[copy] = True
    pairs = np.concatenate([pairs, np.sort(half, axis=1)])
    copies = np.column_stack([first_of[copy], copy])
    pairs = np.unique(np.concatenate([pairs, copies]), axis=0)
    return Duplicates(first=pairs[:, 0], second=pairs[:, 1], left_out=left_out)


_NO_PAIRS: Final[Rows] = np.zeros((0, 2), dtype=np.int64)


def codes_of(columns: Sequence[pd.Series], n: int) -> Rows:
    """Give every distinct combination of values a number.

    Parameters
    ----------
    columns
        Columns of ``n`` values each.
    n
        Rows.

    Returns
    -------
    array of int64, shape (n,)
        Equal where every column is.
    """
    code: Rows = np.zeros(n, dtype=np.int64)
    for column in columns:
        own, values = pd.factorize(column, use_na_sentinel=False)
        code = pd.factorize(code * (len(values) + 1) + own)[0].astype(np.int64)
    return code


_STANDS_IN: Final = ("unit_code", "street_code", "community_code")


def _half_placed(
    frame: gpd.GeoDataFrame, code: Rows, stands: NDArray[np.bool_], placed: NDArray[np.bool_]
) -> Rows:
    """Pair rows with coordinates and rows of one code without, in one unit: placed ones first."""
    without = np.flatnonzero(stands & ~placed)
    stand = np.flatnonzero(stands & placed & np.isin(code, code[without]))
    lost = pd.DataFrame(
        {"code": code[without], "unit": frame["unit_code"].to_numpy()[without], "other": without}
    )
    found = [
        pd.DataFrame({"code": code[stand], "unit": frame[column].to_numpy()[stand], "row": stand})
        for column in _STANDS_IN
        if column in frame
    ]
    both = pd.concat(found).drop_duplicates().merge(lost, on=["code", "unit"])
    pairs: Rows = both[["row", "other"]].drop_duplicates().to_numpy(dtype=np.int64)
    return pairs.reshape(-1, 2)


def pairs_near(xy: NDArray[np.float64], code: Rows, rows: Rows, distance_m: float) -> Rows:
    """Pair rows of one code at most so far apart.

    Parameters
    ----------
    xy
        Shape (n, 2), metres.
    code
        Shape (n,): rows of different numbers are never a pair.
    rows
        Positions of the rows to pair.
    distance_m
        Exactly so far counts.

    Returns
    -------
    array of int64, shape (n_pairs, 2)
        Positions.
    """
    if len(rows) == 0:
        return _NO_PAIRS
    # As a third coordinate, codes keep all but equal ones out of reach.
    apart = np.column_stack([xy[rows], code[rows] * (4.0 * max(distance_m, 1.0))])
    found = cKDTree(apart).query_pairs(distance_m, output_type="ndarray")
    pairs: Rows = rows[found].reshape(-1, 2)
    return pairs


def _holding(xy: NDArray[np.float64], group: Rows, name: pd.Series[str], rows: Rows) -> Rows:
    """Pair rows at one place of which one name holds the other."""
    if len(rows) == 0:
        return _NO_PAIRS
    cell = np.floor(xy[rows] / SAME_PLACE_M)
    spot = codes_of([pd.Series(cell[:, 0]), pd.Series(cell[:, 1])], len(rows))
    rows = rows[np.bincount(spot)[spot] <= _CROWD]
    pairs = pairs_near(xy, group, rows, SAME_PLACE_M)
    names = name.to_numpy(dtype=object)
    holds = [_holds(*sorted(both, key=len)) for both in names[pairs].tolist()]
    held: Rows = pairs[np.array(holds, dtype=bool)]
    return held


def _holds(short: str, long: str) -> bool:
    return len(short) >= _SHORTEST and short in long


def alike(kinds: Sequence[pd.Series], pairs: Rows) -> NDArray[np.bool_]:
    """Mark the pairs whose kinds are the same, or not both known.

    Parameters
    ----------
    kinds
        Columns of text, empty where the kind is not known.
    pairs
        Positions of two rows each, shape (n_pairs, 2).

    Returns
    -------
    array of bool, shape (n_pairs,)
        True where no kind speaks against their being the same.
    """
    same = np.ones(len(pairs), dtype=bool)
    for kind in kinds:
        values = kind.to_numpy(dtype=object)
        one, other = values[pairs[:, 0]], values[pairs[:, 1]]
        same &= (one == other) | (one == "") | (other == "")
    return same


def _superfluous(pairs: Rows, n: int) -> NDArray[np.bool_]:
    """Mark rows with an earlier partner that stays; every row without one stays."""
    out = np.zeros(n, dtype=bool)
    open_pairs = pairs
    while len(open_pairs):
        first, second = open_pairs[:, 0], open_pairs[:, 1]
        stays = ~np.isin(first, second)  # nothing earlier is left that could make it superfluous
        out[second[stays]] = True
        open_pairs = open_pairs[~stays & ~out[first] & ~out[second]]
    return out


CROWD: Final = 10
"""Different names at exactly one point from which a place of its own is doubted."""


def check_crowds(frame: gpd.GeoDataFrame, what: str) -> list[Fault]:
    """Warn of many rows at exactly one point: a list geocoded to streets or districts.

    Parameters
    ----------
    frame
        As in ``find_duplicates``, with ``file`` and ``row``.
    what
        ``facilities`` or ``compounds``.

    Returns
    -------
    list of Fault
        ``.one_point``, one per file: rows at a point where 10 or more different names stand.
    """
    geometry = np.asarray(frame.geometry.array)
    rows = np.flatnonzero(shapely.get_type_id(geometry) == shapely.GeometryType.POINT)
    axes = [pd.Series(shapely.get_x(geometry[rows])), pd.Series(shapely.get_y(geometry[rows]))]
    point = codes_of(axes, len(rows))
    name = plain_names(frame["name"].iloc[rows]).reset_index(drop=True)
    distinct = pd.DataFrame({"point": point, "name": name}).drop_duplicates()
    distinct = distinct[distinct["name"] != ""]
    names_at = np.bincount(distinct["point"], minlength=point.max(initial=-1) + 1)
    crowded = np.zeros(len(frame), dtype=bool)
    crowded[rows] = names_at[point] >= CROWD
    return faults_by_file(
        frame,
        crowded,
        f"{what}.one_point",
        f"{{n}} of {{total}} stand at a point that {CROWD} or more different names share: their "
        "addresses were probably placed in the middle of a street or district.",
        "Geocode the full addresses; coverage and units of these rows are doubtful until then.",
        severity="warning",
    )


_CENTRE_M: Final = 1.0
_CENTRES: Final = 3


def check_centres(frame: gpd.GeoDataFrame, units: gpd.GeoDataFrame, what: str) -> list[Fault]:
    """Warn of rows in the very middle of units: a list geocoded to streets or districts.

    Parameters
    ----------
    frame
        As in ``find_duplicates``, with ``file`` and ``row``.
    units
        Polygons in the same CRS; None where there is none.
    what
        ``facilities`` or ``compounds``.

    Returns
    -------
    list of Fault
        ``.at_centre``, one per file: 3 or more rows with different names at most 1 m from the
        centroid of one unit, or from the point inside it that layers of labels use.
    """
    geometry = np.asarray(frame.geometry.array)
    rows = np.flatnonzero(shapely.get_type_id(geometry) == shapely.GeometryType.POINT)
    polygons = np.asarray(units.geometry.array)
    polygons = polygons[~shapely.is_missing(polygons) & ~shapely.is_empty(polygons)]
    if len(rows) == 0 or len(polygons) == 0:
        return []
    middles = [shapely.centroid(polygons), shapely.point_on_surface(polygons)]
    tree = cKDTree(np.concatenate([shapely.get_coordinates(points) for points in middles]))
    distance, at = tree.query(shapely.get_coordinates(geometry[rows]))
    near = distance <= _CENTRE_M
    point = np.asarray(at, dtype=np.int64)[near] % len(polygons)
    name = plain_names(frame["name"].iloc[rows[near]]).reset_index(drop=True)
    distinct = pd.DataFrame({"point": point, "name": name}).drop_duplicates()
    names_at = np.bincount(distinct["point"], minlength=len(polygons))
    centred = np.zeros(len(frame), dtype=bool)
    centred[rows[near]] = names_at[point] >= _CENTRES
    return faults_by_file(
        frame,
        centred,
        f"{what}.at_centre",
        "{n} of {total} stand within 1 m of the middle of a unit, with others of other names: their "
        "addresses were probably placed in the middle of a street or district.",
        "Geocode the full addresses, or leave the coordinates empty and give the unit.",
        severity="warning",
    )


def duplicate_faults(
    frame: pd.DataFrame,
    found: Duplicates,
    what: str,
    distance_m: float,
    *,
    leave_out: bool,
) -> list[Fault]:
    """Report pairs: one fault for each file, and one for each two files that share some.

    Parameters
    ----------
    frame
        ``name``, ``file``, ``row``, and sizes, of which those that differ in a pair are said.
    found
        As ``find_duplicates`` gives it for the frame.
    what
        ``facilities`` or ``compounds``.
    distance_m
        As given there.
    leave_out
        Whether the later rows are left out.

    Returns
    -------
    list of Fault
        ``.duplicates`` (warnings), or none; ``count`` is the number of pairs. What two files share
        is said of the first, with its rows.
    """
    differing, differing_zh = _differences(frame, found)
    fate = (
        "the later row of each (or that without coordinates) is left out"
        if leave_out
        else "every row counts"
    )
    faults = []
    for pairs in by_files(frame, found):
        differ = int((differing[pairs] != "").sum())
        fate_zh = "靠后的一行(或无坐标的)不计" if leave_out else "两行都计入"
        also = f" Sizes differ in {differ}: those of the earlier row count." if leave_out else (
            f" Sizes differ in {differ}."
        )  # fmt: skip
        faults.append(
            of_pairs(
                frame,
                found,
                pairs[np.argsort(differing[pairs] == "", kind="stable")],
                differing,
                differing_zh,
                fate_zh=fate_zh,
                code=f"{what}.duplicates",
                message=f"{count_of(len(pairs), 'pair')} with the same name at most {distance_m:g} m apart "
                "(or one name holding the other at one place, or in one unit where one has no "
                "coordinates){between}: {pairs}; "
                f"{fate}.{also if differ else ''}",
                mend="Keep one row of each pair"
                + ("." if leave_out else ', or set duplicates = "first" in [parameters].'),
            )
        )
    return faults


def contradiction_faults(frame: pd.DataFrame, found: Duplicates) -> list[Fault]:
    """Warn of pairs of which one row is existing supply and the other is not.

    Parameters
    ----------
    frame
        ``name``, ``file``, ``row``, ``is_open`` and ``left_out`` (why a row is not supply).
    found
        Pairs found without asking whether they are open.

    Returns
    -------
    list of Fault
        ``facilities.open_and_not`` (warnings), as ``duplicate_faults`` lays them out, or none.
    """
    is_open = frame["is_open"].to_numpy(dtype=bool)
    why = frame["left_out"].to_numpy(dtype=object)
    word = np.where(is_open, "open", why)
    one, other = word[found.first], word[found.second]
    said = np.array([f"{a}, {b}" for a, b in zip(one, other, strict=True)], dtype=object)
    words = np.where(is_open, "在运营", "未运营")
    said_zh = words[found.first].astype(object) + "、" + words[found.second].astype(object)
    differs = is_open[found.first] != is_open[found.second]
    contrary = Duplicates(
        first=found.first[differs], second=found.second[differs], left_out=found.left_out
    )
    return [
        of_pairs(
            frame,
            contrary,
            pairs,
            said[differs],
            said_zh[differs],
            fate_zh="在运营的一行计入",
            code="facilities.open_and_not",
            message=f"{count_of(len(pairs), 'pair')} of rows that are probably the same, of which one is "
            "existing supply and the other is not{between}: {pairs}; the open row counts, whatever "
            "the other says.",
            mend="Find out which is right on the data date, and correct the status or the dates of the "
            "other.",
        )
        for pairs in by_files(frame, contrary)
    ]


_SIZES: Final = {
    **{size: zh for size, (zh, _, _) in AMOUNTS.items() if size != "facilities"},
    "households": "户数",
    "planned_population": "规划人口",
}
"""Sizes that may differ, in Chinese."""


def _differences(
    frame: pd.DataFrame, found: Duplicates
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Say the sizes that differ in each pair, where both rows have them; and in Chinese."""
    said = np.full(len(found.first), "", dtype=object)
    said_zh = said.copy()
    for size in _SIZES:
        if size not in frame:
            continue
        values = frame[size].to_numpy(dtype=np.float64)
        one, other = values[found.first], values[found.second]
        differs = np.isfinite(one) & np.isfinite(other) & (one != other)
        said[differs] += [
            f", {size} {a:g} and {b:g}" for a, b in zip(one[differs], other[differs], strict=True)
        ]
        said_zh[differs] += [
            f",{_SIZES[size]} {a:g} 和 {b:g}"
            for a, b in zip(one[differs], other[differs], strict=True)
        ]
    return (
        np.array([text.removeprefix(", ") for text in said], dtype=object),
        np.array([text.removeprefix(",") for text in said_zh], dtype=object),
    )


def by_files(frame: pd.DataFrame, found: Duplicates) -> list[Rows]:
    """Give the positions of the pairs of each file, and of each two files that share some.

    Parameters
    ----------
    frame
        With ``file``.
    found
        Pairs of its rows.

    Returns
    -------
    list of array
        Positions in ``found``.
    """
    file = frame["file"].to_numpy(dtype=object)
    key = codes_of([pd.Series(file[found.first]), pd.Series(file[found.second])], len(found.first))
    return [np.flatnonzero(key == number) for number in range(key.max(initial=-1) + 1)]


def of_pairs(
    frame: pd.DataFrame,
    found: Duplicates,
    pairs: Rows,
    said: NDArray[np.object_],
    said_zh: NDArray[np.object_],
    *,
    fate_zh: str,
    code: str,
    message: str,
    mend: str,
) -> Fault:
    """Report pairs of one file, or of one and another; the first named are the first of them.

    Parameters
    ----------
    frame
        ``name``, ``file`` and ``row``.
    found
        Pairs of its rows.
    pairs
        Positions in ``found`` of those to report, as ``by_files`` gives them.
    said
        What is said of each pair of ``found``, shape (n_pairs,).
    said_zh, fate_zh
        The same in Chinese, and which rows of a pair count.
    code, message, mend
        Of the fault; the message with ``{between}`` (the files) and ``{pairs}`` (the first few).

    Returns
    -------
    Fault
        A warning; ``count`` is the number of pairs.
    """
    file = frame["file"].to_numpy(dtype=object)
    row = frame["row"].to_numpy(dtype=np.int64)
    name = frame["name"].to_numpy(dtype=object)
    first, second = found.first[pairs], found.second[pairs]
    one, other = file[first[0]], file[second[0]]
    labels = samples(
        f"{label} (rows {a} and {b}{': ' if extra else ''}{extra})"
        for label, a, b, extra in zip(
            name[first], row[first], row[second], said[pairs], strict=True
        )
    )
    named = zip(name[first], row[first], row[second], said_zh[pairs], strict=True)
    beside = "" if one == other else f"{other} 行"
    shown = [
        f"「{_short(str(label))}」(行{a}、{beside}{b}{':' if extra else ''}{extra})"
        for label, a, b, extra in itertools.islice(named, _PAIRS_SHOWN)
    ]
    more = f"等{len(pairs)}对" if len(pairs) > len(shown) else ""
    between = "" if one == other else f", each a row here and one of {other}"
    concerned = np.concatenate([first, second]) if one == other else first
    return Fault(
        severity="warning",
        code=code,
        message=message.replace("{between}", between).replace("{pairs}", labels),
        mend=mend,
        file=one,
        rows=tuple(np.unique(row[concerned]).tolist()),
        count=len(pairs),
        found_zh=("、".join(shown) + more, f"每对{fate_zh}"),
    )


def _short(name: str) -> str:
    return name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…"


_PAIRS_SHOWN: Final = 3
_NAME_SHOWN: Final = 30  # letters
