"""What every sheet of a workbook is made of: the view, the language, the formats, the frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from capacity.report.labels import label
from capacity.report.text import clean
from capacity.report.workbook.sheet import Frame, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter import Workbook

    from capacity.norms.model import Count, Norm
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Row, View
    from capacity.report.workbook.cells import Formats
    from capacity.report.workbook.checks import Check
    from capacity.report.workbook.sheet import Column

_FOOTER: Final = ("第 &P 页 共 &N 页", "page &P of &N")
_LEFT: Final = ("填报单位(盖章):________________", "Filled in by (seal): ________________")
_SIGNATURES: Final = (
    (
        "填报单位负责人:____________    填报人:____________    审核人:____________    "
        "联系电话:________________    填报日期:______年____月____日"
    ),
    (
        "Head: ____________    Filled in by: ____________    Checked by: ____________    "
        "Telephone: ________________    Date: ________________"
    ),
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A note of a finding that a table refers to: in which table, of which norm and unit."""

    table: str
    phrase: str
    number: int
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands beside the findings of an area, the same for all of its workbooks.

    Attributes
    ----------
    amounts
        Service and count → unit code → amount, for columns that are no finding.
    largest
        Service and amount → unit code → size of the largest facility.
    main_urban
        Unit code → whether it is main urban, None where nobody said.
    facilities
        The facilities by street and id.
    compounds
        Norm id → what it asks of each compound, by street and id.
    totals
        Unit code, norm id and measure → why the two totals differ: difference, by surplus, by
        rounding.
    """

    amounts: dict[tuple[str, Count], dict[str, float]]
    largest: dict[tuple[str, str], dict[str, float]]
    main_urban: dict[str, bool | None]
    facilities: list[Row]
    compounds: dict[str, list[Row]]
    totals: dict[tuple[str, str, str], tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Maker:
    """What every sheet is made of.

    Attributes
    ----------
    book, formats, view, language
        The workbook, its formats, what it shows and in which words.
    numbers
        Norm id → its number in the overview, in headings and in notes.
    facts
        What stands beside the findings.
    checks, remarks
        Check rules and notes of the sheets written so far, for the last sheet.
    """

    book: Workbook
    formats: Formats
    view: View
    language: Language
    numbers: dict[str, int]
    facts: Facts
    checks: list[Check] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def say(self, pair: Pair) -> str:
        """Take the side of a label that is in this workbook's language."""
        return label(pair, self.language)

    def number(self, norm: Norm) -> str:
        """Write the number of a norm: ``[12]``."""
        return f"[{self.numbers[norm.id]}]"

    def sheet(
        self, number: str, title: Pair, columns: Sequence[Column], *, units: Pair, stub: int = 0
    ) -> Sheet:
        """Begin a sheet of the submission."""
        name = self.sheet_name(number)
        frame = self._frame(name, title, units)
        return Sheet(self.book, self.formats, name=name, frame=frame, columns=columns, stub=stub)

    def sheet_name(self, number: str) -> str:
        """Name of a sheet: 表1-2, Table 1-2."""
        if self.language == "en":
            return f"Table {number}".replace("续", " cont. ").strip()
        return f"表{number}"

    def _frame(self, name: str, title: Pair, units: Pair) -> Frame:
        area = self.view.result.area
        day = area.data_date
        unit = clean(self.view.units[self.view.root].name)
        return Frame(
            title=self.say((f"{unit}{title[0]}({day.year}年)", f"{unit}: {title[1]} ({day.year})")),
            left=self.say(_LEFT),
            middle=self.say(
                (
                    f"数据时点:{day.year}年{day.month}月{day.day}日",
                    f"Data of {day.isoformat()}",
                )
            ),
            right=self.say((f"表号:{name}  计量单位:{units[0]}", f"{name}  units: {units[1]}")),
            signatures=self.say(_SIGNATURES),
            footer=self.say(_FOOTER),
        )
