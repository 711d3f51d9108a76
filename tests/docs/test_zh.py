"""The Chinese pages say what the outputs say: problems, statuses, tables, settings, and figures."""

import re
from pathlib import Path

from capacity.findings import ROLLUPS, STATUSES
from capacity.problems import PROBLEMS
from capacity.report.labels import MARKS, MEASURES, NO_DATA, NOT_APPLICABLE, SEVERITIES
from capacity.report.workbook import overview
from capacity.report.workbook.layout import tables

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "zh").glob("*.md"))
TEXT = {path.name: path.read_text(encoding="utf-8") for path in PAGES}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OF_PROBLEMS = ("| 问题 |", "| 检查结果 |", "| 屏幕上看到 |")


def test_every_problem_stands_once_in_its_own_words():
    rows = re.findall(r"^\| (.*) \| (.*) \| `(.*)` \|$", TEXT["errors.md"], re.MULTILINE)
    found = {code: (problem, mend.replace("`", "")) for problem, mend, code in rows}
    assert len(rows) == len(found)
    assert found == PROBLEMS


def test_problems_are_called_as_in_the_outputs():
    known = {problem for problem, _ in PROBLEMS.values()}
    checked = 0
    for text in TEXT.values():
        lines = text.splitlines()
        for i, line in enumerate(lines):
            if not line.startswith(OF_PROBLEMS) or not lines[i + 1].startswith(("|-", "| -")):
                continue
            for row in lines[i + 2 :]:
                if not row.startswith("| "):
                    break
                names = set(row.split(" | ")[0].removeprefix("| ").split("、"))
                whole = {row.split(" | ")[0].removeprefix("| ")}
                assert names <= known or whole <= known, row
                checked += 1
    assert checked > len(PROBLEMS)


def test_statuses_marks_and_totals_are_those_of_the_outputs():
    rows = re.findall(r"^\| (.*?) \|", TEXT["status.md"], re.MULTILINE)
    assert [zh for zh, _ in STATUSES.values()] == rows[1:6]
    for mark in (NOT_APPLICABLE, NO_DATA, *filter(None, (zh for zh, _ in MARKS.values()))):
        assert rows.count(mark) == 1
    for words in (*ROLLUPS.values(), *SEVERITIES.values()):
        if words != ROLLUPS["unit"]:
            assert words[0] in rows
    assert f"「{overview._PARTLY[0]}」" in TEXT["status.md"]
    for measure in ("capacity_limited", "without_capacity", "out_of_reach"):
        assert f"| {MEASURES[measure][0]} |" in TEXT["limits.md"]
    for text in TEXT.values():
        assert not re.search("数据不足|不达标|未达到标准", text)


def test_every_table_of_the_workbook_is_explained_by_its_title():
    heads = re.findall(r"^## (表\d) (.*)$", TEXT["tables.md"], re.MULTILINE)
    named = {f"表{table.number}": table.name[0] for table in tables()}
    assert dict(heads[1:-1]) == named
    assert heads[0] == ("表0", "总览表")
    assert overview.TITLE[0].endswith(heads[0][1])
    assert heads[-1][0] == "表9"


def test_both_readmes_point_to_each_other_and_show_the_same_commands():
    chinese = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(README.zh-CN.md)" in english
    assert "(README.md)" in chinese
    commands = [code for name, code in BLOCK.findall(chinese) if name == "sh"]
    assert len(commands) == 2
    assert all(command in english for command in commands)
    for target in re.findall(r"\]\(([^)]*)\)", chinese):
        assert (ROOT / target).exists(), target
