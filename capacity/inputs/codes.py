"""Statistical codes (统计用区划代码): what their digits say of a unit's type and of its parent.

Six digits are a county-level unit (GB/T 2260), nine a street or township, twelve a community or
village; zeros fill up a code of a higher unit. The 7th to 9th digit are 001-099 for streets, 100-199
for towns (镇), 200-399 for townships (乡) and 400-599 for development zones, farms and the like,
which may be anything; the 10th to 12th are 001-199 for residents' committees (居委会) and 200-399 for
villagers' committees (村委会). After the coding rules for divisions below the county (GB/T 10114) and
the statistics bureau's rules for the codes of communities and villages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PROVINCES: Final = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]"
_CODE: Final = rf"(?:{_PROVINCES})\d{{4}}(?:\d{{3}}(?:\d{{3}})?)?"
LENGTHS: Final = (6, 9, 12)
"""Digits that a statistical code has."""
CUT_LENGTHS: Final = (5, 8, 11)
"""Digits that a statistical code has when one of it was lost."""
_NO_TYPE: Final = ""


def is_statistical(code: pd.Series[str]) -> NDArray[np.bool_]:
    """Mark codes of 6, 9 or 12 digits that begin with a province."""
    marked: NDArray[np.bool_] = code.str.fullmatch(_CODE).to_numpy(dtype=bool)
    return marked


def type_of_code(code: pd.Series[str]) -> pd.Series[str]:
    """Read the unit type from the digits of a code.

    Parameters
    ----------
    code
        Codes as text.

    Returns
    -------
    Series
        A unit type; empty for a code that is no statistical code, a province's, or one whose digits
        leave the type open (400 and above).

    Examples
    --------
    >>> codes = pd.Series(["410100", "410105", "410105001", "410105100", "410105001001", "A1"])
    >>> type_of_code(codes.astype("str")).tolist()
    ['city', 'district', 'street', 'township', 'community', '']
    """
    known = is_statistical(code)
    full = code.where(pd.Series(known, index=code.index), "0" * 12).str.pad(12, "right", "0")
    city, county, town, village = (
        full.str.slice(start, stop).astype(int).to_numpy()
        for start, stop in ((2, 4), (4, 6), (6, 9), (9, 12))
    )
    types = np.select(
        [
            village >= 400,  # noqa: PLR2004  the bounds are those of the rule above
            village >= 200,  # noqa: PLR2004
            village > 0,
            town >= 400,  # noqa: PLR2004
            town >= 100,  # noqa: PLR2004
            town > 0,
            county > 0,
            city > 0,
        ],
        [_NO_TYPE, "village", "community", _NO_TYPE, "township", "street", "district", "city"],
        default=_NO_TYPE,
    )
    return pd.Series(types, index=code.index, dtype="str")


def has_lost_a_digit(code: pd.Series[str]) -> NDArray[np.bool_]:
    """Mark codes of digits only that are one short of a statistical code."""
    lengths = "|".join(rf"\d{{{n}}}" for n in CUT_LENGTHS)
    marked: NDArray[np.bool_] = code.str.fullmatch(lengths).to_numpy(dtype=bool)
    return marked


def codes_above(code: str) -> list[str]:
    """Give the codes that the parent of a unit may have, the nearest first.

    Parameters
    ----------
    code
        A statistical code; any other has no parents.

    Returns
    -------
    list of str
        Each higher level in every form that files write it: cut, or filled up with zeros.

    Examples
    --------
    >>> codes_above("410105001003")[:3]
    ['410105001', '410105001000', '410105']
    """
    if re.fullmatch(_CODE, code) is None:
        return []
    full = code.ljust(12, "0")
    levels = [(end, full[:end]) for end in (9, 6, 4) if full[:end].ljust(12, "0") != full]
    above = []
    for end, cut in levels:
        shortest = max(end, 6)
        forms = [cut.ljust(n, "0") for n in LENGTHS if n >= shortest]
        above += [form for form in forms if form not in above]
    return above
