"""Check rules of a table of units: what its columns must be to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity.assess.counts import indivisible
from capacity.findings import STATUSES
from capacity.report import labels
from capacity.report.workbook import formulas, words
from capacity.report.workbook.checks import (
    Check,
    Grid,
    Rule,
    cells_agree,
    numbers_hold,
    status_holds,
)
from capacity.report.workbook.parts import is_ratio
from capacity.report.workbook.sheet import FIRST, column_codes
from capacity.report.workbook.unit_formulas import STUB, at_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity.report.view import Group
    from capacity.report.workbook.cells import Cell
    from capacity.report.workbook.maker import Maker
    from capacity.report.workbook.parts import Part
    from capacity.report.workbook.sheet import Column
    from capacity.report.workbook.unit_table import UnitTable


def checks(
    maker: Maker,
    table: UnitTable,
    rows: Sequence[Sequence[Cell]],
    columns: Sequence[Column],
    sheet: str,
) -> list[Check]:
    """List the rules of a table: of its people, and of each norm × measure.

    Parameters
    ----------
    maker
        For words.
    table, rows, columns, sheet
        The table, its cells, its columns and the name of its sheet.

    Returns
    -------
    list of Check
        With the breaches of the workbook as it is written.
    """
    units = table.positions("unit")
    grid = Grid(sheet, rows, FIRST, (units[0], units[-1]), column_codes(columns))
    names = tuple(table.keys[i].code for i in units)
    found = []
    people = list(range(STUB, STUB + len(table.people)))
    rules = [*_parts_of_people(grid, people), *_sums(maker, table, grid, people)]
    if rules:
        found.append(
            Check(sheet, maker.say(("人口", "people")), tuple(rules), grid.range(1), names)
        )
    for start, part in zip(table.starts(), table.parts, strict=True):
        for group in part.groups:
            rules = _of_group(maker, table, grid, (start, part, group))
            if group is part.groups[0]:
                rules += _parts(grid, start, part)
            if rules:
                about = words.name_of(maker, group)
                found.append(Check(sheet, about, tuple(rules), grid.range(1), names))
    return found


def _parts_of_people(grid: Grid, people: Sequence[int]) -> list[Rule]:
    """Every age group is part of everyone, who stand in the first column."""
    return [_at_most(grid, group, people[0]) for group in people[1:]]


def _at_most(grid: Grid, part: int, whole: int) -> Rule:
    return numbers_hold(
        grid,
        f"{grid.code(part)}≤{grid.code(whole)}",
        (part, whole),
        "{0}>{1}+0.000001",
        lambda one, other: one > other + formulas.TOLERANCE,
    )


def _parts(grid: Grid, start: int, part: Part) -> list[Rule]:
    """Test that what ``tables.yaml`` calls a part of another column is never more than it."""
    rules = []
    for i, shown in enumerate(part.shown):
        whole = shown.asked.part_of
        if whole == "previous":
            rules.append(_at_most(grid, start + i, start + i - 1))
        elif whole:
            at = part.at(whole, shown.group)
            if at is not None:
                rules.append(_at_most(grid, start + i, start + at))
    return rules


def _of_group(
    maker: Maker, table: UnitTable, grid: Grid, place: tuple[int, Part, Group]
) -> list[Rule]:
    start, part, group = place
    names = ("base_value", "standard", "required", "existing", "shortfall", "surplus", "status")
    ats = {name: at_of(table, start, part, name, group) for name in names}
    below = any(shown.below for shown in part.shown)
    found = table.rows(maker, group, below=below)
    rules: list[Rule] = []
    units = [found[i] for i in table.positions("unit")]
    own = {row["rollup"] for row in units if row is not None} == {"unit"}
    if own and group.norm.each == "unit":
        rules += [*_requirement(maker, grid, group, ats), *_gaps(grid, ats)]
    if ats["shortfall"] is not None and ats["status"] is not None:
        met, short = (maker.say(STATUSES[name]) for name in ("met", "short"))
        text = f"{grid.code(ats['shortfall'])}>0⇔{grid.code(ats['status'])}={short}"
        rules.append(status_holds(grid, ats["shortfall"], ats["status"], (met, short), text))
    summed = [ats[name] for name in names[:1] + names[2:6]]
    inside = [at for at in summed if at is not None and at >= start]
    return rules + _sums(maker, table, grid, inside)


def _requirement(maker: Maker, grid: Grid, group: Group, ats: dict[str, int | None]) -> list[Rule]:
    base, standard, required = ats["base_value"], ats["standard"], ats["required"]
    norm = group.norm
    if base is None or standard is None or required is None or norm.supply is None:
        return []
    if not is_ratio(norm) or group.measure in labels.SECONDARY:
        return []
    per, whole = words.per_of(norm), indivisible(norm.supply)
    b, s, r = (grid.code(at) for at in (base, standard, required))
    product = f"{b}×{s}" + (f"÷{per}" if per != 1 else "")
    up = maker.say(("进位", "roundup"))
    text = f"{r}={up}({product})" if whole else f"{r}={product}"
    formula = formulas.required(per, "{0}", "{1}", whole=whole).removeprefix("=")
    first, last = grid.units
    shown = grid.rows[first : last + 1]
    rows = [[row[at].value for at in (base, standard, required)] for row in shown]
    known = [[number for number in row if not isinstance(number, str)] for row in rows]
    of_all = [row for row in known if len(row) == len(rows[0])]
    if whole and any(formulas.is_too_fine(per, *row) for row in of_all):
        return []  # no spreadsheet could test it: it would call what is right wrong
    return [
        numbers_hold(
            grid,
            text,
            (base, standard, required),
            "ABS({2}-" + formula + ")>0.000001",
            lambda people, value, needed: (
                abs(needed - formulas.required_value(per, people, value, whole=whole))
                > formulas.TOLERANCE
            ),
        )
    ]


def _gaps(grid: Grid, ats: dict[str, int | None]) -> list[Rule]:
    required, existing = ats["required"], ats["existing"]
    if required is None or existing is None:
        return []
    rules = []
    for name, more, less in (
        ("shortfall", required, existing),
        ("surplus", existing, required),
    ):
        at = ats[name]
        if at is None:
            continue
        rules.append(
            numbers_hold(
                grid,
                f"{grid.code(at)}=max(0,{grid.code(more)}−{grid.code(less)})",
                (at, more, less),
                "ABS({0}-IF({1}>{2},{1}-{2},0))>0.000001",
                lambda gap, high, low: abs(gap - max(0.0, high - low)) > formulas.TOLERANCE,
            )
        )
    shortfall, surplus = ats["shortfall"], ats["surplus"]
    if shortfall is not None and surplus is not None:
        rules.append(
            numbers_hold(
                grid,
                f"{grid.code(shortfall)}×{grid.code(surplus)}=0",
                (shortfall, surplus),
                "ABS({0}*{1})>0.000001",
                lambda one, other: abs(one * other) > formulas.TOLERANCE,
            )
        )
    return rules


def _sums(maker: Maker, table: UnitTable, grid: Grid, columns: Sequence[int]) -> list[Rule]:
    """Test that the total is the sum of the units, and that the whole has as many people and things."""
    total, whole = table.positions("sum"), table.positions("net")
    if not total:
        return []
    top = total[0]
    summed = [at for at in columns if grid.rows[top][at].formula.startswith("=SUM(")]
    rules = []
    if summed:
        codes = "".join(grid.code(at) for at in summed)
        words = maker.say((f"{codes}合计=各单位之和", f"{codes} total = sum of the units"))
        rules.append(cells_agree(words, [_sum_pair(grid, top, at) for at in summed]))
    same = [at for at in summed if whole and _agree(grid, top, whole[0], at)]
    if same:
        codes = "".join(grid.code(at) for at in same)
        words = maker.say((f"{codes}合计=按总量核算", f"{codes} total = as one unit"))
        rules.append(cells_agree(words, [_whole_pair(grid, top, whole[0], at) for at in same]))
    return rules


def _sum_pair(grid: Grid, top: int, at: int) -> tuple[str, float, str, float]:
    cell = grid.rows[top][at]
    part = cell.formula.removeprefix("=SUM(").removesuffix(")")
    refs = ",".join(f"'{grid.sheet}'!{each}" for each in part.split(","))
    return grid.cell(top, at), float(cell.value), f"SUM({refs})", float(cell.value)


def _whole_pair(grid: Grid, top: int, whole: int, at: int) -> tuple[str, float, str, float]:
    values = (float(grid.rows[row][at].value) for row in (top, whole))
    one, other = values
    return grid.cell(top, at), one, grid.cell(whole, at), other


def _agree(grid: Grid, one: int, other: int, at: int) -> bool:
    """Whether two rows hold the same plain number: not one that either of them makes of others."""
    cells = grid.rows[one][at], grid.rows[other][at]
    if not all(cell.is_number for cell in cells) or cells[1].formula:
        return False
    return abs(float(cells[0].value) - float(cells[1].value)) <= formulas.SUMMED_WITHIN
