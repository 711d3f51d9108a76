"""The unit above each unit: by its code, by its name, or by the digits of the unit's own code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity.inputs.codes import codes_above
from capacity.inputs.frames import faults_by_file, samples
from capacity.inputs.membership import declared_codes

if TYPE_CHECKING:
    import geopandas as gpd

    from capacity.errors import Fault

_DIGITS: Final = {"district": 6, "street": 9, "township": 9}
"""Digits of the code of a parent that no layer holds, by the type it is created with."""


def find_parents(units: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Give the code of the parent where its name is given, or nothing and the unit's code tells.

    The digits are asked only in a layer that has no column of parents: there the parent is the
    nearest unit above whose code begins the unit's own (410105001003 → 410105001 or 410105001000,
    then 410105), or the one to be created with ``parent_type``. An empty cell in a column of
    parents means that there is no parent.

    Parameters
    ----------
    units
        Units of all layers: ``unit_code``, ``unit_name``, ``parent_code``, ``parent_type`` and
        ``has_parents`` (whether the layer has a column of parents), ``file``, ``row``.

    Returns
    -------
    tuple
        The units, and ``units.parent_by_name`` and ``units.parent_of_code`` (facts).
    """
    parent = declared_codes(units["parent_code"], units)
    named = (parent != units["parent_code"]).to_numpy(dtype=bool)
    faults = faults_by_file(
        units,
        named,
        "units.parent_by_name",
        f"parents known by their names in {{n}} of {{total}}: "
        f"{samples(units.loc[named, 'parent_code'])}.",
        severity="info",
    )
    silent = ~units["has_parents"].to_numpy(dtype=bool)
    asked = units.loc[silent, ["unit_code", "parent_type"]]
    known = frozenset(units["unit_code"])
    pairs = zip(asked["unit_code"], asked["parent_type"], strict=True)
    told = [_above(code, created, known) for code, created in pairs]
    parent = parent.copy()
    parent.loc[silent] = pd.Series(told, index=asked.index, dtype="str")
    by_code = silent & (parent != "").to_numpy(dtype=bool)
    faults += faults_by_file(
        units,
        by_code,
        "units.parent_of_code",
        "no column of parents: the parent of {n} of {total} is taken from the digits of the code.",
        severity="info",
    )
    return units.assign(parent_code=parent.astype("str")), faults


def _above(code: str, created: str, known: frozenset[str]) -> str:
    above = codes_above(code)
    found = next((one for one in above if one in known), "")
    if found or created not in _DIGITS:
        return found
    return next((one for one in above if len(one) == _DIGITS[created]), "")
