"""Odd tables of facilities, units and totals, as planners send them: settings replaced, and files.

``test_check`` puts them into the town and compares every message with messages.yaml.
"""

from __future__ import annotations

import io

import openpyxl

COLUMNS = (
    'columns = { id = "id", places = "places", opened = "opened", unit = "unit", x = "x", y = "y" }'
)
HEAD = ["机构名称", "托位数", "横坐标", "纵坐标"]
ROW = ["东街园", 30, 500500, 3800500]
CSV = "机构名称,托位数,横坐标,纵坐标\n东街园,30,500500,3800500\n"


def sheet(*rows, merge=(), error=(), hidden=(), **more):
    """The bytes of a workbook whose first sheet has these rows."""
    book = openpyxl.Workbook()
    for name, cells in {"Sheet": rows, **more}.items():
        page = book.active if name == "Sheet" else book.create_sheet(name)
        for row in cells:
            page.append(row)
    for cells in merge:
        book["Sheet"].merge_cells(cells)
    for cell in error:
        book["Sheet"][cell].data_type = "e"
    for row in hidden:
        book["Sheet"].row_dimensions[row].hidden = True
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def text(*rows, codec="utf-8", between=","):
    """The bytes of a text table."""
    return "".join(between.join(map(str, row)) + "\n" for row in rows).encode(codec)


def facilities(content, file="t.xlsx", columns="", also=""):
    """Facilities from another file, with the columns declared or none."""
    said = f"columns = {{ {columns} }}" if columns else ""
    return [("facilities.csv", file), (COLUMNS, f"{said}\n{also}")], {file: content}


def units(content, file="u.xlsx", also=""):
    """Units from a table without geometry, and no facilities with coordinates."""
    table = 'type = "street"\ncolumns = { code = "code", name = "name", parent = "parent" }'
    return (
        [
            ("units.gpkg", file),
            (table, also),
            (COLUMNS, 'columns = { x = "", y = "" }'),
            ('code = "A"\n', ""),
        ],
        {file: content, "facilities.csv": "名称,托位数,街道\n园,3,东街\n".encode()},
    )


def places(*cells):
    """Facilities with these cells as places."""
    rows = [[f"园{n}", cell, 500400 + 60 * n, 3800500] for n, cell in enumerate(cells)]
    return facilities(text(HEAD, *rows, between=";"), "t.csv")


def listed(names, *rows, also=""):
    """Three places for childcare with these further columns."""
    places = [[f"园{n}", 30, 500400 + 60 * n, 3800500, *cells] for n, cells in enumerate(rows)]
    return facilities(text([*HEAD, *names], *places, between=";"), "t.csv", also=also)


def town(old, new):
    """Settings with one thing changed."""
    return [(old, new)], {}


ODD = {
    "sheet as it should be": facilities(sheet(HEAD, ROW)),
    "sheet with titles and notes": facilities(
        sheet(
            ["某区托育机构一览表"], ["单位:个"], HEAD, ROW, ["注:不含幼儿园托班"], merge=["A1:D1"]
        )
    ),
    "sheet with a row of units": facilities(sheet(HEAD, [None, "个", "米", "米"], ROW)),
    "sheet with a row of letters": facilities(sheet(HEAD, ["甲", "1", "2", "3"], ROW)),
    "sheet with two header rows": facilities(
        sheet(
            ["机构名称", "规模", None, "坐标", None],
            [None, "托位数", "床位数", "x", "y"],
            ["东街园", 30, 10, 500_500, 3_800_500],
            merge=["A1:A2", "B1:C1", "D1:E1"],
        )
    ),
    "sheet with totals": facilities(sheet(HEAD, ROW, ["合计", 30])),
    "sheet with subtotals": facilities(
        sheet(["街道", *HEAD], ["A1", *ROW], ["小计", None, 30], ["总计", None, 30])
    ),
    "totals in other words": facilities(
        sheet(HEAD, ROW, ["东风街道小计", 30], ["共1家", 31], ["合计2家", None])
    ),
    "totals that do not add up": facilities(
        sheet(
            ["街道", *HEAD],
            ["A1", *ROW],
            ["A1", "西园", 20, 500600, 3800500],
            ["小计", None, 45],
            ["A2", "北园", None, 501500, 3800500],
            ["小 计", None, 12],
            ["全区合计", None, "5个"],
        )
    ),
    "totals that may be something else": facilities(
        sheet(
            [*HEAD, "编号"],
            [*ROW, "f1"],
            ["合计", 30, 500600, 3800500, None],
            ["总计", 30, None, None, "f9"],
            ["其中:公办", 30, None, None, None],
            ["合计", "见附表", None, None, None],
        )
    ),
    "several sheets": facilities(sheet(HEAD, ROW, other=[HEAD, ROW])),
    "sheet that is not there": facilities(sheet(HEAD, ROW), also='layer = "托育"'),
    "empty sheet": facilities(sheet()),
    "sheet with a header only": facilities(sheet(HEAD)),
    "merged street": facilities(
        sheet([*HEAD, "街道代码"], [*ROW, "A1"], [*ROW, None], merge=["E2:E3"])
    ),
    "merged number": facilities(sheet(HEAD, ROW, ["西街园", None, *ROW[2:]], merge=["B2:B3"])),
    "formula never computed": facilities(sheet(HEAD, ["园", "=1+2", *ROW[2:]])),
    "error in a cell": facilities(sheet(HEAD, ["园", "#REF!", *ROW[2:]], error=["B2"])),
    "hidden row": facilities(sheet(HEAD, ROW, ROW, hidden=[3])),
    "cells of a sheet by address": facilities(
        sheet(HEAD, ["园", "20-30", *ROW[2:]], ROW, ["园", "若干", *ROW[2:]])
    ),
    "row said that is no header": facilities(sheet(HEAD, ROW), also="header_row = 7"),
    "header row of a layer": town('"units.gpkg"', '"units.gpkg"\nheader_row = 2'),
    "not a spreadsheet": facilities(b"hello"),
    "spreadsheet with a password": facilities(b"\xd0\xcf\x11\xe0" + bytes(100)),
    "spreadsheet of another kind": facilities(b"x", "t.ods"),
    "text in GB18030": facilities(CSV.encode("gb18030"), "t.csv"),
    "text in Big5, columns declared": facilities(
        "機構名稱,托位數,橫坐標,縱坐標\n東街園,30,500500,3800500\n".encode("big5"),
        "t.csv",
        columns='name = "機構名稱", places = "托位數", x = "橫坐標", y = "縱坐標"',
    ),
    "text in UTF-16": facilities(CSV.encode("utf-16"), "t.csv"),
    "text in UTF-16 without a mark": facilities(CSV.encode("utf-16-le"), "t.csv"),
    "text of blank lines": facilities(b"\n\n", "t.csv"),
    "text with a header only": facilities(text(HEAD), "t.csv"),
    "semicolons": facilities(text(HEAD, ROW, between=";"), "t.csv"),
    "tabs in a .csv": facilities(text(HEAD, ROW, between="\t"), "t.csv"),
    "full-width commas": facilities(text(HEAD, ROW, between="，"), "t.csv"),
    "title above a text table": facilities(text(["托育机构名单"], HEAD, ROW), "t.csv"),
    "quote that never closes": facilities(text(HEAD, ['"东街园', *ROW[1:]], ROW), "t.csv"),
    "one column of two names": facilities(text([*HEAD, "托位数"], [*ROW, 3]), "t.csv"),
    "layer of a text table": facilities(text(HEAD, ROW), "t.csv", also='layer = "a"'),
    "two columns for places": facilities(
        text(["备案托位数", "实际托位数"], [3, 4]), "t.csv", also=""
    ),
    "column left out on purpose": facilities(text(HEAD, ROW), "t.csv", columns='places = ""'),
    "declared column not there": facilities(
        text(HEAD, ROW), "t.csv", columns='places = "托位个数"'
    ),
    "no service": (
        [('service = "childcare"\n', ""), (COLUMNS, "")],
        {"facilities.csv": CSV.encode()},
    ),
    "services in Chinese": (
        [('service = "childcare"\n', ""), (COLUMNS, "")],
        {"facilities.csv": text([*HEAD, "类别"], [*ROW, "托育"], [*ROW, "托育所"])},
    ),
    "recognised column that is something else": facilities(
        text([*HEAD, "设施类型"], [*ROW, "民办园"]), "t.csv"
    ),
    "numbers as typed": places("1,200", "50个", "约30", "１２", "—", "0.1万", "暂无"),
    "numbers that mean two things": places("20-30", "20~30", "30㎡", "1,20", "50%", "若干", "3亩"),
    "areas in mu": facilities(text([*HEAD, "占地面积（亩）"], [*ROW, 3]), "t.csv"),
    "places in square metres": facilities(
        text(["机构名称", "托位数(㎡)", "横坐标", "纵坐标"], ROW), "t.csv"
    ),
    "unit in a note above": facilities(
        text(["单位：万个"], HEAD, ROW), "t.csv", columns='places = "托位数"'
    ),
    "codes that lost a digit": facilities(text([*HEAD, "街道代码"], [*ROW, 41010500]), "t.csv"),
    "hidden characters in a name": facilities(
        text(HEAD, ["东\u202e街\u0007园", *ROW[1:]], ["=cmd|' /C calc'!A0", *ROW[1:]]), "t.csv"
    ),
    "very long name": facilities(text(HEAD, ["园" * 300, *ROW[1:]]), "t.csv"),
    "address instead of a file": town("facilities.csv", "https://example.org/f.csv"),
    "virtual path": town("units.gpkg", "/vsizip/u.zip/units.shp"),
    "archive": town("units.gpkg", "units.zip"),
    "one table of facilities": town("[[facilities]]", "[facilities]"),
    "several tables of population": town("[population]", "[[population]]"),
    "unknown Chinese service": town('"childcare"', '"托儿"'),
    "units known by their codes": units(
        sheet(["代码", "名称"], [410105001, "东街"], [410105101, "西镇"], [410105001003, "一社区"])
    ),
    "types against codes": units(
        sheet(["代码", "名称", "类型"], ["410105001", "东街", "镇"], ["410105101", "西镇", "街道"])
    ),
    "codes that say no type": units(sheet(["代码", "名称"], ["410105560", "东街"], ["B", "西街"])),
    "parents by name": units(
        sheet(
            ["代码", "名称", "类型", "上级"],
            ["X", "东街", "街道", ""],
            ["Y", "一社区", "社区", "东街街道"],
        )
    ),
    "street totals in ten thousands": (
        [
            ("[[facilities]]", '[[census]]\nfile = "c.csv"\n\n[[facilities]]'),
        ],
        {"c.csv": text(["代码", "常住人口"], ["A1", 5.32], ["A2", 3.1])},
    ),
    "status under another name": listed(
        ["项目状态", "备注"], ["规划", ""], ["正常 运营", ""], ["未开工", ""]
    ),
    "status as yes and no": listed(["是否运营"], ["否"], ["是"], ["√"]),
    "status as yes and no of the contrary": listed(["是否停业"], ["否"], ["是"], [""]),
    "status of what is built": listed(["建设情况"], ["已建成"], ["主体完工"], ["施工中"]),
    "dates planned": listed(["计划投用时间"], ["2027-12"], ["2025年6月"], ["2025年7月"]),
    "operators in other words": listed(
        ["举办性质", "是否普惠"],
        ["民办（普惠）", "×"],
        ["社会力量举办", "√"],
        ["集体办", "普惠"],
        also='operator_values = { "集体办" = "公办" }',
    ),
    "operators that nobody knows": listed(["举办性质"], ["营利性"], ["混合"], ["其他"]),
    "parts of a place": listed(["床位数"], ["2.5"], ["1.200"], ["30"]),
    "three decimals everywhere": listed(["床位数"], ["30.000"], ["1.000"], ["20.000"]),
    "a dot in a whole number": listed(["床位数"], ["30"], ["1.000"], ["20"]),
    "hundreds": listed(["床位数(百张)"], ["3"], ["0.5"], ["0.125"]),
    "filter and cells of another form": listed(
        ["年份"], ["2025"], ["2025年"], ["２０２５"], ["2024年"], also='where = { "年份" = 2025 }'
    ),
    "town called a street": units(
        text(["代码", "名称", "常住人口"], ["410105001", "东街", 10], ["410105002", "柳河镇", 10]),
        "u.csv",
    ),
}
"""Name of a case → settings replaced, and files."""
