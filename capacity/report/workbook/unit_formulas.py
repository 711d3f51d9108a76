"""Formulas in the cells of a table of units, where they give the figure that stands there."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from capacity.assess.counts import indivisible
from capacity.report import labels
from capacity.report.workbook import formulas
from capacity.report.workbook.parts import base_people, is_ratio
from capacity.report.workbook.sheet import FIRST, address
from capacity.report.workbook.words import per_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.report.view import Group, Row
    from capacity.report.workbook.cells import Cell
    from capacity.report.workbook.parts import Part
    from capacity.report.workbook.unit_table import UnitTable

    Grid = list[list[Cell]]
    Found = Sequence[Sequence[Row | None]]

STUB: Final = 5
_SUMMED: Final = ("required", "existing", "shortfall", "surplus", "base_value")
_SUBTOTALS: Final = ("street", "township")


def with_formulas(table: UnitTable, grid: Grid, found: Found) -> Grid:
    """Put formulas into the cells of a table.

    Parameters
    ----------
    table
        The table.
    grid
        Its cells, rows of columns; not modified.
    found
        Findings row of each column about a norm, by row.

    Returns
    -------
    list
        The same values; requirements, gaps, shares and sums with their formulas.
    """
    grid = [list(row) for row in grid]
    units = table.positions("unit")
    first = STUB + len(table.people)
    for at in range(STUB, STUB + len(table.people)):
        _sum_plain(table, grid, at, units)
    for start, part in zip(table.starts(), table.parts, strict=True):
        for at, shown in enumerate(part.shown, start=start):
            if shown.asked.what == "count":
                _sum_plain(table, grid, at, units)
            elif shown.asked.what == "figure" and shown.asked.figure in _SUMMED:
                _sum_figure(table, grid, at, found[at - first])
        for group in part.groups:
            of_group = next(i for i, s in enumerate(part.shown) if s.group == group)
            _of_group(table, grid, (start, part, group), found[start + of_group - first])
        _derived(table, grid, start, part)
    return grid


def at_of(table: UnitTable, start: int, part: Part, figure: str, group: Group) -> int | None:
    """Column of a figure of a group: in its part, or the people beside it that are its base."""
    at = part.at(figure, group)
    if at is not None:
        return start + at
    base = base_people(group)
    if figure == "base_value" and base in table.people:
        return STUB + table.people.index(base)
    return None


def _sum_plain(table: UnitTable, grid: Grid, at: int, units: Sequence[int]) -> None:
    """Sum people and parts of the supply; a subtotal of which a unit is not known is not known."""
    for position in table.positions("sum", *_SUBTOTALS):
        kind = table.keys[position].kind
        rows = [i for i in units if kind == "sum" or table.keys[i].type == kind]
        values = [grid[i][at].value for i in rows]
        numbers = [float(value) for value in values if not isinstance(value, str)]
        if len(numbers) < len(values) or not numbers:
            continue
        formula = formulas.total([FIRST + i for i in rows], at)
        cell = grid[position][at]
        if kind == "sum":
            value = math.fsum(numbers)
            within = formulas.SUMMED_WITHIN
            grid[position][at] = formulas.with_formula(cell, formula, value, within=within)
        else:
            style = grid[rows[0]][at].style
            grid[position][at] = replace(
                cell, value=math.fsum(numbers), style=style, formula=formula
            )


def _sum_figure(table: UnitTable, grid: Grid, at: int, found: Sequence[Row | None]) -> None:
    """Sum the figures of the units: of all of them, else of those that count."""
    units = table.positions("unit")
    for position in table.positions("sum", *_SUBTOTALS):
        kind = table.keys[position].kind
        rows = [i for i in units if kind == "sum" or table.keys[i].type == kind]
        counted = [i for i in rows if _counts(found[i])]
        for some in (rows, counted):
            if some and not grid[position][at].formula:
                numbers = [grid[i][at].value for i in some]
                value = math.fsum(n for n in numbers if not isinstance(n, str))
                formula = formulas.total([FIRST + i for i in some], at)
                within = formulas.SUMMED_WITHIN
                cell = formulas.with_formula(grid[position][at], formula, value, within=within)
                grid[position][at] = cell


def _counts(row: Row | None) -> bool:
    """Whether a unit's figures are in the sum: those that are asked for something."""
    return row is not None and row["status"] in {"met", "short", "no_data"}


def _of_group(
    table: UnitTable, grid: Grid, place: tuple[int, Part, Group], found: Sequence[Row | None]
) -> None:
    """Make requirement, gap, surplus and share of each row that is not a sum formulas."""
    start, part, group = place
    ats = {
        figure: at_of(table, start, part, figure, group)
        for figure in ("base_value", "standard", "required", "existing", "shortfall", "surplus")
    }
    share = at_of(table, start, part, "share", group)
    for position, finding in enumerate(found):
        line, row = grid[position], FIRST + position
        if finding is not None and finding["rollup"] in {"unit", "net"}:
            _require(line, row, group, ats)
            if finding["rollup"] == "net" or group.norm.each == "unit":
                _compare(line, row, ats)
        _share(line, row, share, ats["existing"], ats["base_value"])


def _require(line: list[Cell], row: int, group: Group, ats: dict[str, int | None]) -> None:
    base, standard, required = ats["base_value"], ats["standard"], ats["required"]
    norm = group.norm
    if base is None or standard is None or required is None or norm.supply is None:
        return
    if not is_ratio(norm) or group.measure in labels.SECONDARY:
        return
    values = line[base].value, line[standard].value
    if isinstance(values[0], str) or isinstance(values[1], str):
        return
    whole, per = indivisible(norm.supply), per_of(norm)
    formula = formulas.required(per, address(row, base), address(row, standard), whole=whole)
    value = formulas.required_value(per, values[0], values[1], whole=whole)
    line[required] = formulas.with_formula(line[required], formula, value)


def _compare(line: list[Cell], row: int, ats: dict[str, int | None]) -> None:
    required, existing = ats["required"], ats["existing"]
    if required is None or existing is None:
        return
    needed, there = line[required].value, line[existing].value
    if isinstance(needed, str) or isinstance(there, str):
        return
    pairs = (("shortfall", required, existing), ("surplus", existing, required))
    for figure, more, less in pairs:
        at = ats[figure]
        if at is not None:
            value = max(0.0, float(line[more].value) - float(line[less].value))
            formula = formulas.gap(address(row, more), address(row, less))
            line[at] = formulas.with_formula(line[at], formula, value)


def _share(
    line: list[Cell], row: int, share: int | None, existing: int | None, base: int | None
) -> None:
    if share is None or existing is None or base is None:
        return
    part, whole = line[existing].value, line[base].value
    if isinstance(part, str) or isinstance(whole, str) or not whole:
        return
    formula = f"={address(row, existing)}/{address(row, base)}"
    line[share] = formulas.with_formula(line[share], formula, part / whole)


def _derived(table: UnitTable, grid: Grid, start: int, part: Part) -> None:
    """Rates and hectares follow the cells that they are made of."""
    for at, shown in enumerate(part.shown, start=start):
        asked = shown.asked
        source = at_of(table, start, part, asked.figure, shown.group)
        base = at_of(table, start, part, "base_value", shown.group)
        if source is None or asked.what not in {"rate", "hectares"}:
            continue
        for position, line in enumerate(grid):
            value, people = line[source].value, 1.0 if base is None else line[base].value
            if isinstance(value, str) or isinstance(people, str) or not people:
                continue
            cell = address(FIRST + position, source)
            if asked.what == "hectares":
                line[at] = formulas.with_formula(line[at], f"={cell}/10000", value / 10_000)
            elif base is not None:
                formula = f"={cell}/{address(FIRST + position, base)}*{asked.per}"
                line[at] = formulas.with_formula(line[at], formula, value / people * asked.per)
