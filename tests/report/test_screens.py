"""What notebooks and terminals show: the same cells, and nothing from a file is ever run."""

import dataclasses
import re
from collections import Counter
from io import StringIO

import openpyxl
import pytest
from rich.cells import cell_len
from rich.console import Console

from capacity import assess, load_norms
from capacity.errors import Fault, NormError
from capacity.problems import PROBLEMS
from capacity.report import labels
from capacity.report.html import assessment_html
from capacity.report.short import short_cell
from capacity.report.terminal import fault_counts, fault_lines, shortfall_tables
from capacity.report.view import look
from capacity.report.workbook import write_workbook
from tests.report import hostile


def printed(items, width=120):
    console = Console(file=StringIO(), width=width, force_terminal=False)
    for item in items:
        console.print(item)
    return console.file.getvalue()


def test_a_gap_without_a_verdict_is_not_shown_as_one(result):
    view = look(result)
    groups = {(group.norm.id, group.measure): group for group in view.groups}
    rows = result.findings.query("status == 'reported' and share.isna() and shortfall >= 0")
    texts = {
        short_cell(row, groups[row["norm_id"], row["measure"]], "zh").text: row["shortfall"]
        for row in rows.to_dict("records")
    }
    assert {bool(gap) for gap in texts.values()} == {True, False}
    for text, gap in texts.items():
        assert text.startswith("仅报告(") if gap else text == "仅报告"


def test_norms_side_by_side_are_those_asked_for_in_the_order_asked(result):
    land, places = (
        "zhengzhou.plan2023.elder_care.land_per_capita",
        "zhengzhou.childcare.places_per_thousand",
    )
    table = result.table(land, places)
    assert [head.split("(")[0] for head in table.columns] == [
        *("代码", "常住人口", "养老服务设施人均用地", "每千人口托位数"),
    ]
    assert table.index.tolist()[:3] == ["分单位合计", "按总量核算", "示例区东风街道"]
    assert len(table) == 2 + 12
    row = table.loc["示例区人民街道"]  # two of its facilities do not say their places
    assert row.tolist()[3] == "缺口 ≤17"
    assert table.loc["示例区青石镇"].tolist()[3] == labels.NO_DATA
    everything = result.table(language="en")
    assert set(result.table(land, places, language="en").columns) <= set(everything.columns)
    assert everything.loc["示例区人民街道"].str.contains("shortfall ≤17").any()
    beds = result.table("zhengzhou.health.beds_per_thousand")  # asked of the whole district
    assert beds.index.tolist() == ["示例区"]


def test_a_table_of_norms_that_are_not_there(result):
    with pytest.raises(NormError, match=r'Not in this selection .*Did you mean "zhengzhou'):
        result.table("zhengzhou.childcare.places_per_thousan")


def test_the_terminal_shows_the_root_and_every_street(result):
    text = printed(shortfall_tables(result))
    for code in result.people.loc[
        result.people["unit_type"].isin(["street", "township"]), "unit_code"
    ]:
        assert code in text
    assert "分单位合计" in text
    row = result.findings.set_index(["unit_code", "norm_id", "measure", "rollup"])
    short = row.loc[
        ("410199001", "zhengzhou.childcare.places_per_thousand", "places", "unit"), "shortfall"
    ]
    assert f"缺口 {short:,.0f}" in text


def test_a_norm_has_one_number_on_the_screen_and_in_every_file(result, tmp_path):
    legend = re.findall(r"^  \[(\d+)\] (.*)", printed(shortfall_tables(result), 200), re.MULTILINE)
    norms = {g.number: g.norm for g in look(result).groups}
    assert len(norms) == len(result.norms.norms) == len({n.id for n in norms.values()})
    book = openpyxl.load_workbook(write_workbook(result, tmp_path / "b.xlsx"), read_only=True)
    rows = list(book["表0"].iter_rows(min_row=6, values_only=True))
    written = {row[0]: row[2] for row in rows if isinstance(row[0], int | float)}
    assert written == {number: norm.name_zh for number, norm in norms.items()}
    assert len(legend) > 20
    for number, words in legend:
        assert words.startswith(norms[int(number)].name_zh)
    assert len({number for number, _ in legend}) < len(legend)  # two measures, one number


def test_norms_of_one_name_differ_in_the_legend(area):
    """Two norms are called 每千人口托位数: 6 by the end of 2025, 4 by the end of 2023."""
    result = assess(area, load_norms("zhengzhou", on="2025-06-30"))
    text = printed(shortfall_tables(result), width=160)
    legend = [line.split("] ", 1)[1] for line in text.splitlines() if line.startswith("  [")]
    same = [line for line in legend if line.startswith("每千人口托位数(个)")]
    assert same == [
        "每千人口托位数(个) ≥6 个/千人,2025-12-31前(下一阶段)",
        "每千人口托位数(个) ≥4 个/千人,2023-12-31前",
    ]
    assert len(set(legend)) == len(legend)
    html = assessment_html(result)
    assert all(html.count(line) == 1 for line in same)


def changed_in(result, **values):
    """Change the land of older people of one street to what a trial found."""
    rows = (
        (result.findings["norm_id"] == "zhengzhou.plan2023.elder_care.land_per_capita")
        & (result.findings["unit_code"] == "410199001")
        & (result.findings["rollup"] == "unit")
    )
    assert rows.sum() == 1
    findings = result.findings.copy()
    for name, value in values.items():
        findings.loc[rows, name] = value
    return dataclasses.replace(result, findings=findings)


@pytest.mark.parametrize(
    ("note", "shown"),
    [("", "缺口 0.0002"), ("shortfall is an upper bound", "缺口 ≤0.0002")],
)
def test_a_real_gap_is_never_shown_as_nothing(result, tmp_path, note, shown):
    """4,000 m² are needed and 3,999.9998 m² are there: six mu (亩) typed with four decimals."""
    less = changed_in(
        result, required=4000.0, existing=3999.9998, shortfall=0.0002, status="short", note=note
    )
    assert shown in printed(shortfall_tables(less), width=160)
    assert f">{shown}<" in assessment_html(less)
    book = openpyxl.load_workbook(write_workbook(less, tmp_path / "a.xlsx"), data_only=True)
    cells = [
        cell
        for sheet in book
        for row in sheet
        for cell in row
        if cell.value == pytest.approx(0.0002)
    ]
    bound = '"≤"' if note else ""
    assert {cell.number_format for cell in cells} == {f"{bound}#,##0.0000"}


def test_a_share_under_its_standard_never_looks_as_if_it_reached_it(result):
    rows = (
        (result.findings["norm_id"] == "zhengzhou.plan2023.childcare.community_service_coverage")
        & (result.findings["unit_code"] == "410199001")
        & (result.findings["rollup"] == "sum_of_units")
    )
    assert result.findings.loc[rows, "status"].tolist() == ["short"]
    findings = result.findings.copy()
    findings.loc[rows, "share"] = 0.99996
    less = dataclasses.replace(result, findings=findings)
    assert " 99.996%" in printed(shortfall_tables(less), width=160)
    assert '<td class="short">99.996%(缺口 5)</td>' in assessment_html(less)


NUMBER = re.compile(r"(?:已知|known )?[≥≤]?\d[\d,]*(?:\.\d+)?%?")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lines_fit_the_terminal(result, language):
    """At 90 columns rich tore names and numbers; what has no room follows in a further table."""
    whole = Counter(NUMBER.findall(printed(shortfall_tables(result, language=language), 400)))
    for columns in (70, 90):
        text = printed(shortfall_tables(result, language=language), columns)
        assert max(map(cell_len, text.splitlines())) <= columns
        found = Counter(NUMBER.findall(text))
        assert found.keys() == whole.keys()
        assert all(found[number] >= times for number, times in whole.items())


def test_markup_in_names_is_never_interpreted(result):
    _, changed = hostile.named(result)
    text = printed(shortfall_tables(changed), width=160)
    assert "[red]x[/red]" in text
    assert "\x1b" not in text
    assert "<script>alert(1)</script>" in text


def test_html_escapes_names(result):
    _, changed = hostile.named(result)
    html = assessment_html(changed)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert changed._repr_html_() == html


def test_html_counts_and_colours_with_words(result):
    html = assessment_html(result)
    assert f"{len(result.findings)} 项结果" in html
    assert '<td class="short">缺口' in html
    assert '<td class="met">达标</td>' in html


def test_faults_are_listed_errors_first(area):
    lines = [str(line) for line in fault_lines(area.faults)]
    assert lines[0].startswith("警告 设施在单元以外(facilities.csv 行")
    assert re.fullmatch(r"0 errors, 6 warnings, \d+ facts", fault_counts(area.faults))


HOSTILE = Fault(
    severity="error",
    code="columns.missing",
    message="no such column. Columns found: " + ", ".join(hostile.NAMES) + ".",
    mend="Take [bold]one[/bold] of them.",
    file="[link=https://example.org]a.csv[/link]",
)


@pytest.mark.parametrize(("language", "lines"), [("zh", 2), ("en", 1)])
def test_a_hostile_name_in_a_fault_stays_text(language, lines):
    (line,) = fault_lines([HOSTILE], language=language)
    text = printed([line], width=1000)
    assert "\x1b" not in text
    assert "\u202e" not in text
    for shown in ("[red]x[/red]", "[bold]one[/bold]", "[link=https://example.org]a.csv[/link]"):
        assert shown in text
    assert len(text.splitlines()) == lines


def test_every_fault_says_in_chinese_what_it_is_and_how_to_mend_it():
    for code, (problem, mend) in PROBLEMS.items():
        fault = Fault(severity="info", code=code, message="so it is.", mend="Mend it.")
        zh, en = (str(*fault_lines([fault], language=words)) for words in ("zh", "en"))
        assert en == "info so it is. Mend it."
        assert zh == f"提示 {problem}  改法:{mend}\n  原文:so it is. Mend it."


def test_where_and_how_much_is_said_in_chinese_too():
    fault = Fault(
        severity="warning",
        code="facilities.no_places",
        message="no places.",
        file="a.csv",
        rows=tuple(range(2, 14)),
        column="places",
        item="A1",
        count=12,
        amount=8736.3319,
        unit="people",
    )
    (line,) = fault_lines([fault])
    assert str(line).splitlines()[0] == (
        "警告 托育设施缺托位数(a.csv 行2、3、4、5、6、7、8、9、10、11等12行,字段 places,对象 A1,"
        "数量 12,量值 8,736.33 人)  改法:补填托位数(facilities.columns.places)。"
    )
    assert fault_counts([fault], language="zh") == "错误 0 条,警告 1 条,提示 0 条"


def test_what_stands_in_the_cells_is_said_in_chinese_too():
    fault = Fault(
        severity="error",
        code="facilities.unknown_status",
        message="an unknown status.",
        column="运营状态",
        values=("试营业", "[red]停\x1b[1m", "长" * 40, "其他"),
    )
    (line,) = fault_lines([fault])
    assert (
        str(line)
        .splitlines()[0]
        .startswith(
            f"错误 运营状态不明(字段 运营状态,「试营业」、「[red]停[1m」、「{'长' * 30}…」等4个)  改法:"
        )
    )


def test_a_code_without_chinese_has_one_line():
    fault = Fault(severity="error", code="norms.syntax", message="not YAML.")
    assert [str(line) for line in fault_lines([fault])] == ["错误 not YAML."]


def test_html_has_a_bar_of_each_service_by_the_result_of_the_whole_area(result):
    html = assessment_html(result)
    bars = re.findall(r'<div class="bar"><b>(.*?)</b>(.*?)</div>', html)
    services = dict(bars)
    view = look(result)
    groups = [g for g in view.of_service("sports") if g.measure not in labels.SECONDARY]
    rows = [view.row(view.root, g, "sum_of_units", "unit", "net") for g in groups]
    short = sum(row["status"] == "short" for row in rows)
    assert (
        f'<span class="short" style="flex-grow: {short}">未达标 {short}</span>'
        in services["体育健身"]
    )
    assert len(services) == result.findings["service"].nunique()
