"""What notebooks and terminals show: the same cells, and nothing from a file is ever run."""

import re
from io import StringIO

import pytest
from rich.console import Console

from capacity.errors import Fault
from capacity.problems import PROBLEMS
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
        assert zh == f"{en}\n  问题:{problem}  改法:{mend}"


def test_a_code_without_chinese_has_one_line():
    fault = Fault(severity="error", code="norms.syntax", message="not YAML.")
    assert [str(line) for line in fault_lines([fault])] == ["error not YAML."]
