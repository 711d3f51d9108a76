"""Growth of people unit by unit: exact totals per unit, whatever cells lie on borders."""

from __future__ import annotations

import dataclasses
import difflib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import spsolve

from capacity.demand import demand
from capacity.errors import Fault
from capacity.population import PopulationGrid
from capacity.vocabulary import GROUPS, POPULATION, TIER_OF

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from capacity.demand import Demand
    from capacity.study_area import StudyArea

    Floats = NDArray[np.float64]

_CODES: Final = ("unit_code", "code", "单位代码", "单元代码", "代码", "街道代码")
_SHOWN: Final = 5


def growth_table(written: object, folder: Path, key: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Read factors by unit: a table of a settings file, or the name of a text table.

    Parameters
    ----------
    written
        Unit code → factor, or → factors by group; or a CSV file (UTF-8) with a column of codes and
        one for each group, by its id or its Chinese label; an empty cell is no factor.
    folder
        Folder that file names are relative to.
    key
        Key that messages name.

    Returns
    -------
    table : DataFrame
        Index unit code, a column of factors for each group, NaN where not said.
    faults : list of Fault
        ``scenario.growth_table``, ``scenario.growth``; the table is then not to be used.
    """
    if isinstance(written, dict):
        rows = {
            str(code): dict(one) if isinstance(one, dict) else {POPULATION: one}
            for code, one in written.items()
        }
        frame = pd.DataFrame.from_dict(rows, orient="index")
        return _checked(frame, [f"{key}.{code}" for code in frame.index], "")
    name = str(written)
    try:
        read = pd.read_csv(folder / name, dtype="str", encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        message = f"{name} cannot be read ({error})."
        return pd.DataFrame(), [_fault(message, "Name a CSV file in UTF-8.", key)]
    read.columns = [str(column).strip() for column in read.columns]
    codes = next((column for column in _CODES if column in read), None)
    if codes is None:
        message = f"{name} has no column of unit codes."
        return pd.DataFrame(), [_fault(message, f"Call it {_CODES[0]} or {_CODES[2]}.", key, name)]
    frame = read.drop(columns=codes).set_axis(read[codes].fillna("").str.strip(), axis=0)
    labels = {zh: group for group, (zh, _) in GROUPS.items()} | {"人口": POPULATION}
    frame = frame.rename(columns=labels)
    return _checked(frame, [key] * len(frame), name)


def _checked(frame: pd.DataFrame, keys: list[str], file: str) -> tuple[pd.DataFrame, list[Fault]]:
    faults = []
    unknown = [column for column in frame if column not in GROUPS]
    if unknown or frame.shape[1] == 0:
        message = f"no group {unknown[0]}." if unknown else "there is no column of factors."
        mend = f"Known: {', '.join(GROUPS)}."
        faults.append(_fault(message, mend, keys[0] if keys else "", file, code="scenario.growth"))
    known = frame[[column for column in frame if column in GROUPS]]
    columns = {name: pd.to_numeric(known[name], errors="coerce") for name in known}
    numbers = pd.DataFrame(columns, index=known.index, dtype="float64")
    said = known.notna().to_numpy(dtype=bool) & (known.astype("str") != "").to_numpy(dtype=bool)
    values = numbers.to_numpy(dtype=np.float64)
    bad = said & ~((values > 0) & np.isfinite(values))
    for at, column in np.argwhere(bad)[:_SHOWN]:
        message = f"{known.iloc[at, column]!r} is no factor."
        mend = "Write 1.05 for 5 % more people."
        fault = _fault(message, mend, keys[at], file, code="scenario.growth")
        row = (int(at) + 2,) if file else ()
        faults.append(dataclasses.replace(fault, rows=row, item=str(frame.index[at])))
    twice = frame.index[frame.index.duplicated()]
    if len(twice):
        message = f"unit {twice[0]} stands there twice."
        faults.append(_fault(message, "Give each unit one row.", keys[0], file))
    return numbers, faults


def _fault(
    message: str, mend: str, key: str, file: str = "", *, code: str = "scenario.growth_table"
) -> Fault:
    return Fault(severity="error", code=code, message=message, mend=mend, file=file, column=key)


def unit_faults(area: StudyArea, table: pd.DataFrame, name: str) -> list[Fault]:
    """Check that a table of growth names units of the study area, all of one tier.

    Parameters
    ----------
    area
        Checked inputs.
    table
        What ``growth_table`` gave.
    name
        Of the scenario.

    Returns
    -------
    list of Fault
        ``scenario.unit``.
    """
    types = area.units.set_index("unit_code")["unit_type"]
    faults = []
    for code in [str(code) for code in table.index if code not in types.index][:_SHOWN]:
        near = difflib.get_close_matches(code, list(types.index), n=1, cutoff=0.6)
        mend = f"Did you mean '{near[0]}'?" if near else "Take the codes of the units, as text."
        faults.append(_unit_fault(f"there is no unit {code}.", mend, name, code))
    tiers = sorted({TIER_OF[kind] for kind in types.reindex(table.index).dropna()})
    if len(tiers) > 1:
        message = f"growth by unit for units of several levels: {', '.join(tiers)}."
        mend = "Give it for streets and townships, or for communities and villages."
        faults.append(_unit_fault(message, mend, name, ""))
    return faults


def _unit_fault(message: str, mend: str, name: str, item: str) -> Fault:
    return Fault(
        severity="error",
        code="scenario.unit",
        message=message,
        mend=mend,
        column=f"scenario {name}",
        item=item,
    )


def grown(area: StudyArea, table: pd.DataFrame, growth: Mapping[str, float]) -> StudyArea:
    r"""Multiply the people of units, each by its factor.

    Cells in several units grow by factors :math:`\sum_u s_{iu} g_u` of which the :math:`g_u` are such
    that every unit has exactly its factor times its people, :math:`\sum_i p_i s_{iu} \sum_v s_{iv} g_v
    = f_u P_u`: a small sparse system. Official totals of the units named are multiplied alike, those of
    others by what their people grow by.

    Parameters
    ----------
    area
        Checked inputs.
    table
        Index unit code, factors by group, NaN where not said; units of one tier.
    growth
        Group → factor elsewhere, as in ``Scenario``.

    Returns
    -------
    StudyArea
        The area given stays as it is.
    """
    tier = str(
        area.units.set_index("unit_code")["unit_type"].reindex(table.index).map(TIER_OF).iloc[0]
    )
    units = area.units[area.units["unit_type"].map(TIER_OF).eq(tier)]
    placed = units[units.geometry.notna()]
    population, census = area.population, area.census
    if population is not None and len(placed):
        where = demand(population, placed)
        factors = {
            group: _cell_factors(where, group, _factors(table, growth, group, where.unit_codes))
            for group in where.values
        }
        population = _times(population, factors)
    if census is not None:
        census = _census(area, dataclasses.replace(area, population=population), table, growth)
    return dataclasses.replace(area, population=population, census=census)


def _factors(
    table: pd.DataFrame, growth: Mapping[str, float], group: str, codes: NDArray[np.object_]
) -> tuple[Floats, float]:
    """Give the factor of each unit, and the one of everywhere else."""
    rest = float(growth.get(group, growth.get(POPULATION, 1.0)))
    found = pd.Series(np.nan, index=pd.Index(codes))
    for name in (POPULATION, group):
        if name in table:
            said = table[name].reindex(found.index)
            found = said.where(said.notna(), found)
    return np.asarray(found.fillna(rest), dtype=np.float64), rest


def _cell_factors(where: Demand, group: str, factors: tuple[Floats, float]) -> Floats:
    """Find the factor of every cell so that every unit has its factor exactly."""
    factor, rest = factors
    n_cells, n_units = len(where.values[group]), len(where.unit_codes)
    share = csr_array((where.fraction, (where.cell, where.unit)), shape=(n_cells, n_units))
    people = np.nan_to_num(where.values[group])
    outside = np.clip(1.0 - share.sum(axis=1), 0.0, 1.0)
    total = np.asarray(share.T @ people, dtype=np.float64)
    empty = total <= 0
    matrix = share.T @ diags_array(np.asarray(people, dtype=np.float64)) @ share + diags_array(
        np.where(empty, 1.0, 0.0)
    )
    beyond = np.asarray(share.T @ (people * outside), dtype=np.float64)
    wanted = np.where(empty, factor, factor * total - rest * beyond)
    exact = np.atleast_1d(spsolve(matrix.tocsc(), wanted))
    found = share @ exact + rest * outside
    if np.isfinite(found).all() and (found >= 0).all():
        return np.asarray(found, dtype=np.float64)
    return np.asarray(share @ factor + rest * outside, dtype=np.float64)


def _times(population: Any, factors: dict[str, Floats]) -> Any:
    if isinstance(population, PopulationGrid):
        values = {name: v * factors[name].reshape(v.shape) for name, v in population.values.items()}
        return dataclasses.replace(population, values=values)
    groups = {
        name: population[name].to_numpy(dtype=np.float64) * factor
        for name, factor in factors.items()
        if name in population
    }
    return population.assign(**groups)


def _census(
    area: StudyArea, after: StudyArea, table: pd.DataFrame, growth: Mapping[str, float]
) -> pd.DataFrame | None:
    """Multiply official totals: of the units named by their factors, of others as their people grow."""
    census = area.census
    if census is None:  # pragma: no cover  # asked only where there are totals
        return None
    codes = census["unit_code"].astype("str").to_numpy(dtype=object)
    named = np.isin(codes, table.index.to_numpy(dtype=object))
    layers = area.units[area.units["unit_code"].isin(codes[~named]) & area.units.geometry.notna()]
    data = {}
    for group in [name for name in GROUPS if name in census]:
        factor, _ = _factors(table, growth, group, codes)
        for _, some in layers.groupby(layers["unit_type"].map(TIER_OF)):
            if area.population is None or after.population is None:
                continue
            old, new = (demand(one.population, some) for one in (area, after))
            known = group if group in old.values else POPULATION
            ratio = new.by_unit(known) / old.by_unit(known)
            of_row = ratio.reindex(codes).to_numpy(dtype=np.float64)
            factor = np.where(~named & np.isfinite(of_row), of_row, factor)
        data[group] = census[group].to_numpy(dtype=np.float64) * factor
    return census.assign(**data)
