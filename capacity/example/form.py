"""The example's form: what a city might hand out, with names on the cells that are to be filled."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import xlsxwriter

if TYPE_CHECKING:
    from pathlib import Path

_SHEET: Final = "表1 托育"
_FIRST, _ROWS = 6, 15
_HEADINGS: Final = (
    ("街道(乡镇)", "", 22, "general"),
    ("常住人口(人)", "cap_col_population", 14, "#,##0"),
    ("应有托位(个)", "cap_col_cclq5k_req", 13, "#,##0"),
    ("现有托位(个)", "cap_col_cclq5k_exi", 13, "#,##0"),
    ("缺口(个)", "cap_col_cclq5k_gap", 13, "#,##0"),
    ("是否达标", "cap_col_cclq5k_sts", 11, "general"),
    ("300米覆盖率", "cap_col_ccyzdz_shr", 13, "0.0%"),
    ("备注", "", 24, "general"),
)
_WHOLE: Final = (
    ("B", "cap_population"),
    ("C", "cap_ccxdra_req"),
    ("D", "cap_ccxdra_exi"),
    ("E", "cap_ccxdra_gap"),
    ("F", "cap_ccxdra_sts"),
    ("G", "cap_ccbca5_shr"),
)
_HELP: Final = (
    ("名称", "填入什么"),
    ("cap_area_name", "全区名称;另有 cap_data_date(数据日期)、cap_norms_date(标准日期)"),
    ("cap_rows_street", "各街道乡镇的行:为空则按代码顺序填名称,已有名称或代码则按其对应"),
    ("cap_col_…", "该列填各单位的数,如 cap_col_cclq5k_gap 为每千人口托位数的缺口"),
    ("cap_…", "该单元格填全区的数,如 cap_ccxdra_gap 为各单位缺口之和"),
    ("…", "可用的词见评估结果 layers/dictionary.csv 的 field 列"),
)


def write_form(path: Path) -> None:
    """Write the form.

    Parameters
    ----------
    path
        File to write; the same bytes every time.
    """
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": dt.datetime(2025, 1, 1, tzinfo=dt.UTC)})
        sheet = book.add_worksheet(_SHEET)
        box = {"border": 1, "valign": "vcenter", "font_name": "宋体", "font_size": 10}
        head = book.add_format({**box, "bold": True, "align": "center", "text_wrap": True})
        title = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        sheet.merge_range("A1:H1", "托育服务设施缺口填报表(表样为虚构)", title)
        sheet.write("A3", "填报单位:")
        sheet.write("F3", "数据时点:")
        sheet.write_blank("G3", None, day)
        _name(book, "cap_area_name", "B", 3)
        _name(book, "cap_data_date", "G", 3)
        last = _FIRST + _ROWS - 1
        for number, (heading, name, width, form) in enumerate(_HEADINGS):
            letter = chr(ord("A") + number)
            cell = book.add_format({**box, "num_format": form})
            sheet.set_column(number, number, width)
            sheet.write(f"{letter}5", heading, head)
            for row in range(_FIRST, last + 2):
                sheet.write_blank(f"{letter}{row}", None, cell)
            if name:
                _name(book, name, letter, 5)
        book.define_name("cap_rows_street", f"='{_SHEET}'!$A${_FIRST}:$A${last}")
        sheet.write(f"A{last + 1}", "合计", head)
        for letter, name in _WHOLE:
            _name(book, name, letter, last + 1)
        sheet.write(f"A{last + 2}", "达标单位数")
        sheet.write_formula(f"B{last + 2}", f'=COUNTIF(F{_FIRST}:F{last},"达标")')
        sheet.write(f"A{last + 4}", "填报人:            审核人:            填报日期:")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(4)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页 共 &N 页")
        help_sheet = book.add_worksheet("填表说明")
        help_sheet.set_column(0, 0, 20)
        help_sheet.set_column(1, 1, 70)
        for row, texts in enumerate(_HELP):
            help_sheet.write_row(row, 0, texts)


def _name(book: xlsxwriter.Workbook, name: str, letter: str, row: int) -> None:
    book.define_name(name, f"='{_SHEET}'!${letter}${row}")
