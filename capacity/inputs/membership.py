"""Which unit of each tier a point belongs to.

The polygon that a point stands in decides. The code that a row declares is used only where the
point has no geometry, stands outside every unit, or declares a unit without a polygon below the
one it stands in. A point on a shared border belongs to the unit with the lowest code (text order).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity.inputs.codes import is_statistical
from capacity.locate import unit_codes_at
from capacity.vocabulary import TIER_OF, TIERS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

COLUMNS: Final = tuple(f"{tier}_code" for tier in TIERS)
"""Membership columns, from the top tier down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Units of a list of points, and how they were found.

    Attributes
    ----------
    codes
        ``city_code``, ``district_code``, ``street_code``, ``community_code``: text, empty for none.
    inside
        Whether the point stands in any polygon.
    declares, known
        Whether the row declares a code, and whether a unit has that code.
    compared, disagrees
        Whether the declared unit can be compared with the polygons, and differs from them.
    """

    codes: pd.DataFrame
    inside: NDArray[np.bool_]
    declares: NDArray[np.bool_]
    known: NDArray[np.bool_]
    compared: NDArray[np.bool_]
    disagrees: NDArray[np.bool_]


_ENDINGS: Final = (
    (r"(?:街道办事处|街道办|办事处|街道)$", ""),
    (r"(?<=[镇乡])(?:人民)?政府$", ""),
    (r"(?:社区)?(?:居民委员会|居委会)$", "社区"),
    (r"村?(?:村民委员会|村委会)$", "村"),
)
"""Endings of the names of streets, towns, communities and villages, and what is compared instead."""
_TOWN: Final = r"[镇乡]$"


def declared_codes(declared: pd.Series[str], units: pd.DataFrame) -> pd.Series[str]:
    """Give the code of the unit that each row names, by its code or its name.

    Parameters
    ----------
    declared
        Text: the code of a unit, its name, anything else, or empty.
    units
        ``unit_code`` and ``unit_name``; with ``parent_code`` names may stand behind those of the
        superiors.

    Returns
    -------
    Series
        The code where a unit has that code; or where one unit alone has it but for zeros that fill
        it up (410199001 and 410199001000), or has that name (街道, 街道办, 办事处 and 街道办事处 at its end
        do not matter, nor does 居委会 after 社区, nor 人民政府 after 镇 and 乡), also behind the names of regions that do not contradict
        its superiors (郑州市示例区东风街道); else the text as it is. A name without any ending (建设) is none of two
        where both a street and a town (镇, 乡) have it.
    """
    rest = declared.loc[(declared != "") & ~declared.isin(units["unit_code"])]
    if rest.empty:
        return declared
    names = _plain(units["unit_name"])
    code_of = _alone(names, units)
    filled = _alone(_filled_up(units["unit_code"]), units)
    distinct = pd.Series(rest.unique(), dtype="str")
    ways = zip(distinct, _filled_up(distinct), _plain(distinct), strict=True)
    towns = set(names[names.str.contains(_TOWN)].str.replace(_TOWN, "", regex=True))
    towns -= set(units["unit_name"])  # a unit of just this name is meant
    stems = tuple(towns & set(code_of))
    found = {
        text: filled.get(code, "")
        or (
            ""
            if name == text and name.endswith(stems) and (name in towns or name not in code_of)
            else code_of.get(name, "") or _behind(name, code_of, units)
        )
        or text
        for text, code, name in ways
    }
    return declared.mask(declared.isin(list(found)), declared.map(found)).astype("str")


def codes_of_name(name: str, units: pd.DataFrame) -> list[str]:
    """List the codes of all units that have a name, however its ending is written.

    Parameters
    ----------
    name
        As a row declares it.
    units
        ``unit_code`` and ``unit_name``.

    Returns
    -------
    list of str
        In the order of ``units``.
    """
    plain = _plain(pd.Series([name], dtype="str")).iloc[0]
    return [str(c) for c in units.loc[_plain(units["unit_name"]) == plain, "unit_code"]]


def _alone(keys: pd.Series[str], units: pd.DataFrame) -> dict[str, str]:
    """Give the unit of each key that one unit alone has."""
    alone = (keys != "") & ~keys.duplicated(keep=False)
    return dict(zip(keys[alone], units.loc[alone, "unit_code"], strict=True))


def _filled_up(codes: pd.Series[str]) -> pd.Series[str]:
    """Fill statistical codes up with zeros to twelve digits; empty for any other text."""
    return codes.str.pad(12, "right", "0").where(is_statistical(codes), "").astype("str")


def _behind(name: str, code_of: dict[str, str], units: pd.DataFrame) -> str:
    """Find the one unit whose name stands behind names of regions, or nothing."""
    fitting = {
        code
        for known, code in code_of.items()
        if len(known) > 1 and name.endswith(known) and _REGIONS.fullmatch(name.removesuffix(known))
    }
    if len(fitting) != 1 or "parent_code" not in units:
        return ""
    (code,) = fitting
    before = name.removesuffix(next(k for k, c in code_of.items() if c == code))
    county = _COUNTY.search(before)
    parent_of = dict(zip(units["unit_code"], units["parent_code"], strict=True))
    name_of = dict(zip(units["unit_code"], units["unit_name"], strict=True))
    above = parent_of[code]
    for _ in TIERS:
        said = _COUNTY.search(name_of.get(above, ""))
        if county and said and not county[0].endswith(said[0]):
            return ""
        above = parent_of.get(above, "")
    return code


_REGIONS: Final = re.compile(r"(?:[^省市区县旗]{1,10}(?:省|市|自治区|区|县|旗))+")
_COUNTY: Final = re.compile(r"[^省市区县旗]+[区县旗]$")


def _plain(names: pd.Series[str]) -> pd.Series[str]:
    plain = names.str.replace(r"\s", "", regex=True)
    for ending, instead in _ENDINGS:
        plain = plain.str.replace(ending, instead, regex=True)
    return plain


def ancestry(units: pd.DataFrame) -> pd.DataFrame:
    """Give every unit's own or superior unit at each tier.

    Parameters
    ----------
    units
        ``unit_code`` (unique), ``unit_type``, ``parent_code``; no cycles longer than the tiers.

    Returns
    -------
    DataFrame
        Index unit code, columns as in ``COLUMNS``, text, empty where there is none.
    """
    tier_of = dict(zip(units["unit_code"], units["unit_type"].map(TIER_OF), strict=True))
    parent_of = dict(zip(units["unit_code"], units["parent_code"], strict=True))
    rows = [_chain(code, tier_of, parent_of) for code in units["unit_code"]]
    index = pd.Index(units["unit_code"].to_numpy(dtype=object), dtype="str")
    return pd.DataFrame(rows, index=index, columns=list(COLUMNS), dtype="str")


def _chain(code: str, tier_of: dict[str, str], parent_of: dict[str, str]) -> list[str]:
    chain = dict.fromkeys(TIERS, "")
    for _ in TIERS:
        if code not in tier_of:
            break
        chain[tier_of[code]] = chain[tier_of[code]] or code
        code = parent_of[code]
    return list(chain.values())


def assign(points: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> Membership:
    """Find the unit of each tier that every point belongs to.

    The lowest polygon found decides, and its superiors follow its parent codes, so that what is
    counted in a street is counted in that street's district; tiers that the parent codes leave open
    come from the polygons of that tier.

    Parameters
    ----------
    points
        Points or None, with ``unit_code`` (declared, or empty).
    units
        Units of every tier in the same CRS: ``unit_code``, ``unit_type``, ``parent_code``, geometry
        or None.

    Returns
    -------
    Membership
        On the order of ``points``.
    """
    geometry = np.asarray(points.geometry.array)
    superiors = ancestry(units)
    found = pd.DataFrame(
        {f"{tier}_code": unit_codes_at(geometry, _of_tier(units, tier)) for tier in TIERS},
        index=points.index,
    )
    inside = (found != "").any(axis=1).to_numpy(dtype=bool)
    declared = points["unit_code"]
    declares = (declared != "").to_numpy(dtype=bool)
    known = declared.isin(superiors.index).to_numpy(dtype=bool)
    lowest = _lowest(found)
    placeless = set(units.loc[_without_polygon(units), "unit_code"])
    no_polygon = declared.isin(placeless).to_numpy(dtype=bool)
    below = known & inside & no_polygon & _is_superior(lowest, declared, superiors)
    base = lowest.mask(known & (~inside | below), declared)
    by_parents = superiors.reindex(base.to_numpy(), fill_value="").set_index(points.index)
    codes = by_parents.where(by_parents != "", found)
    compared = known & inside & ~no_polygon
    return Membership(
        codes=codes.astype("str"),
        inside=inside,
        declares=declares,
        known=known,
        compared=compared,
        disagrees=compared & ~_is_superior(declared, lowest, superiors),
    )


def _without_polygon(units: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = shapely.is_missing(np.asarray(units.geometry.array))
    return missing


def _of_tier(units: gpd.GeoDataFrame, tier: str) -> gpd.GeoDataFrame:
    chosen = units["unit_type"].map(TIER_OF).eq(tier).to_numpy(dtype=bool)
    return units.loc[chosen & ~_without_polygon(units)]


def _lowest(codes: pd.DataFrame) -> pd.Series[str]:
    lowest = pd.Series("", index=codes.index, dtype="str")
    for column in COLUMNS:
        lowest = codes[column].astype("str").where(codes[column] != "", lowest)
    return lowest


def _is_superior(
    upper: pd.Series[str], lower: pd.Series[str], superiors: pd.DataFrame
) -> NDArray[np.bool_]:
    """Tell whether ``upper`` is ``lower`` itself or one of its superiors, row by row."""
    chain = superiors.reindex(lower.to_numpy(), fill_value="").to_numpy(dtype=object)
    up = upper.to_numpy(dtype=object)
    same: NDArray[np.bool_] = ((chain == up[:, None]) & (up[:, None] != "")).any(axis=1)
    return same
