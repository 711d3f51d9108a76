"""What notebooks and terminals show: the same cells, and nothing from a file is ever run."""

import re
from io import StringIO

from rich.console import Console

from capacity.report.html import assessment_html
from capacity.report.terminal import fault_counts, fault_lines, shortfall_tables
from tests.report import hostile


def printed(items, width=120):
    console = Console(file=StringIO(), width=width, force_terminal=False)
    for item in items:
        console.print(item)
    return console.file.getvalue()


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


def test_lines_fit_the_terminal(result):
    for width in (100, 120):
        assert max(map(len, printed(shortfall_tables(result), width).splitlines())) <= width


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
    assert lines[0].startswith("warning facilities.csv, row ")
    assert re.fullmatch(r"0 errors, 5 warnings, \d+ facts", fault_counts(area.faults))
