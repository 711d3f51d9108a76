"""The command line as a planner meets it: ``main`` and its exit code, and the bytes that it prints.

Most commands run within the process of the test, on streams that encode nothing but ASCII until
``main`` says otherwise; what depends on a process (locale, start, help) runs in one of its own.
"""

import contextlib
import contextvars
import csv
import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
from unittest import mock

import pytest

import capacity
from capacity import cli
from capacity.cli import app, main
from capacity.errors import NormError
from capacity.parts import run as parts
from tests.inputs.town import SETTINGS, write_town

# One norm, where it does not matter which.
FEW = ("--service", "sports", "--kind", "coverage_time")
# The poorest locale there is, and no help from the interpreter.
POOR = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def process(*arguments, cwd=None, **environment):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHONIO"))}
    return subprocess.run(
        [sys.executable, "-m", "capacity.cli", *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        cwd=cwd,
        env=env | environment,
    )


def run(*arguments, cwd="."):
    """Run ``main`` as a process would: arguments, streams and context of its own."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2)]
    with (
        mock.patch.multiple(
            sys, argv=["capacity", *map(str, arguments)], stdout=streams[0], stderr=streams[1]
        ),
        contextlib.chdir(cwd),
        pytest.raises(SystemExit) as stopped,
    ):
        contextvars.copy_context().run(main)
    printed = []
    for stream in streams:
        stream.flush()
        printed.append(stream.buffer.getvalue().decode("utf-8"))
    return subprocess.CompletedProcess(arguments, stopped.value.code, *printed)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "area"
    done = run("example", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def assessed(example, tmp_path_factory):
    """Assess the example once without a word more than needed: what was said, and the folder."""
    out = tmp_path_factory.mktemp("assessed") / "out"
    return run("assess", example / "area.toml", "-o", out, "--quiet"), out


@pytest.fixture
def own(example, tmp_path):
    """A copy of the example to spoil."""
    shutil.copytree(example, tmp_path / "area")
    return tmp_path / "area" / "area.toml"


@pytest.fixture
def town(tmp_path):
    """Two streets with norms, where only the choice of norms matters."""
    (tmp_path / "town").mkdir()
    return write_town(
        tmp_path / "town", settings=SETTINGS.replace('code = "A"', 'code = "A"\ncity = "zhengzhou"')
    )


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_version_and_help():
    assert process("--version").stdout == f"capacity {capacity.__version__}\n"
    done = process("--help")
    assert done.returncode == 0
    for command in ("example", "check", "assess", "norms"):
        assert f"  {command} " in done.stdout


def test_example_says_what_to_do_next_and_never_overwrites(example):
    done = run("example", example)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert example.name in done.stderr


def test_check_counts_what_it_found(example):
    done = run("check", example / "area.toml")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("area.toml:错误 0 条,警告 15 条,提示 ")
    assert "改正以上错误" not in done.stdout
    assert done.stdout.startswith("警告 ")


def test_check_lists_every_fault_and_fails(own):
    edit(own, 'file = "population.tif"', 'file = "nowhere.tif"')
    edit(own, 'file = "compounds.csv"', 'file = "nowhere.csv"')
    done = run("check", own)
    assert done.returncode == 1
    assert "nowhere.tif" in done.stdout
    assert "nowhere.csv" in done.stdout
    assert done.stdout.startswith("错误 ")
    counted = done.stdout.splitlines()
    assert counted[-1].startswith("area.toml:错误 2 条")
    assert counted[-2].startswith("改正以上错误后请再检查一次")
    english = run("check", own, "--language", "en").stdout.splitlines()
    assert english[-2].startswith("Mend the errors and check again: ")
    assert "Traceback" not in done.stderr


def test_faults_are_said_in_chinese_too_unless_english_is_asked_for(own, tmp_path):
    edit(own, 'file = "compounds.csv"', 'file = "nowhere.csv"')
    message = "nowhere.csv: does not exist. Did you mean 'figures.csv'?\n"
    chinese = (
        "错误 文件不存在(nowhere.csv,疑为「figures.csv」)  改法:改正 area.toml 中该数据的 file 路径。\n"
        f"  原文:{message}"
    )
    for command in (("check", own), ("assess", own, "-o", tmp_path / "out")):
        both, only = run(*command), run(*command, "--language", "en")
        assert (both.returncode, only.returncode) == (1, 1)
        assert chinese in both.stdout + both.stderr
        assert f"error {message}" in only.stdout + only.stderr
        assert "改法" not in only.stdout + only.stderr
    assert run("check", own, "--language", "fr").returncode == 2


def test_the_shortfalls_are_shown_in_english(example, tmp_path):
    only = ("--service", "childcare", "--kind", "ratio_per_population", "--language", "en")
    done = run("assess", example / "area.toml", "-o", tmp_path / "out", *only)
    assert done.returncode == 0, done.stderr
    assert "“…” no data" in done.stdout
    assert "residents" in done.stdout
    assert "缺口" not in done.stdout
    assert "Warnings about the inputs: " in done.stdout
    assert done.stdout.rstrip().endswith("report.html (map) or shortfalls.xlsx (tables).")


def test_assess_writes_the_folder_and_shows_the_shortfall(example, tmp_path):
    out = tmp_path / "out"
    form = ["--template", example / "form.xlsx"]
    done = process("assess", example / "area.toml", "-o", out, "--on", "2025-12-31", *form, **POOR)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "示例区东风街道" in done.stdout
    assert f"已写入 {out}(共 " in done.stdout
    assert done.stdout.rstrip().endswith("先看 report.html(地图)或 shortfalls.xlsx(填报表)。")
    facts = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (facts["norms"]["city"], facts["norms"]["on"]) == ("zhengzhou", "2025-12-31")
    assert facts["inputs"][0]["path"] == "area.toml"
    assert (out / "form.xlsx").read_bytes() != (example / "form.xlsx").read_bytes()


def test_verbose_shows_every_norm_of_every_unit(example, tmp_path):
    short = run("assess", example / "area.toml", "-o", tmp_path / "a", *FEW)
    whole = run("assess", example / "area.toml", "-o", tmp_path / "b", *FEW, "--verbose")
    assert "体育健身(街道乡镇)" in whole.stdout
    assert "体育健身(街道乡镇)" not in short.stdout
    assert "屏幕显示加 --verbose" in short.stdout
    assert "--verbose" not in whole.stdout


def test_city_and_date_default_to_the_settings(assessed):
    done, out = assessed
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    facts = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (facts["norms"]["city"], facts["norms"]["on"]) == ("zhengzhou", "2025-06-30")


def test_no_city_is_usage_with_the_mend(own, tmp_path):
    edit(own, 'city = "zhengzhou"', "")
    done = run("assess", own, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "area.toml names no city" in done.stderr
    assert "use --city" in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()
    named = ("--city", "郑州", *FEW, "-q")
    assert run("assess", own, "-o", tmp_path / "out", *named).returncode == 0


def test_bad_inputs_are_listed_and_nothing_is_written(own, tmp_path):
    edit(
        own,
        'x = "经度", y = "纬度" }\ndescription = "虚构示例数据:托育',
        'x = "经", y = "纬度" }\ndescription = "虚构示例数据:托育',
    )
    done = process("assess", own, "-o", tmp_path / "out", **POOR)
    assert done.returncode == 1
    assert "facilities.csv" in done.stderr
    assert "经" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["area"]


def test_a_form_that_cannot_be_read_stops_before_the_work(example, tmp_path):
    form = tmp_path / "form.xls"
    form.write_bytes(b"\xd0\xcf\x11\xe0")
    done = run("assess", example / "area.toml", "-o", tmp_path / "out", "--template", form)
    assert done.returncode == 1
    assert "form.xls: is not an .xlsx file. Open it in Excel or WPS" in done.stderr
    assert "表样打不开" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["form.xls"]


def test_an_unknown_city_and_a_date_before_any_norm_are_faults(town, tmp_path):
    for option in (("--city", "atlantis"), ("--on", "2001-01-01")):
        done = run("assess", town, "-o", tmp_path / "out", *option)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert option[1] in done.stderr


def test_an_existing_folder_is_usage_and_overwrite_replaces_it(example, assessed, tmp_path):
    out = tmp_path / "out"
    settings = example / "area.toml"
    shutil.copytree(assessed[1], out)
    again = run("assess", settings, "-o", out)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    before = (out / "findings.csv").read_bytes()
    assert run("assess", settings, "-o", out, "--overwrite", "-q", *FEW).returncode == 0
    assert (out / "findings.csv").read_bytes() != before
    (out / "manifest.json").unlink()
    other = run("assess", settings, "-o", out, "--overwrite")
    assert other.returncode == 2
    assert "not an earlier result" in " ".join(other.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("assess", "area.toml"), "--out"),
        (("assess", "area.toml", "-o", "out", "--on", "soon"), "soon"),
        (("assess", "area.toml", "-o", "no/where"), "Make it first"),
        (("check", "nothing.toml"), "nothing.toml"),
        (("norms", "list", "--service", "opera"), "childcare, elder_care, education"),
        (("norms", "list", "--role", "hero"), "compute, tabulate, baseline, context"),
        (("norms", "list", "--kind", "size"), "ratio_per_population"),
        (("assess", "area.toml", "-o", "out", "--override", "a.b"), "Write ID=VALUE, not a.b."),
        (
            ("assess", "area.toml", "-o", "out", "--override", "a=1", "--override", "a=2"),
            "a is given twice.",
        ),
        (
            ("assess", "area.toml", "-o", "out", "--service", "housing", "--kind", "baseline"),
            "No norm of the city",
        ),
        (("norms", "list", "--on", "2025-01-01"), "--city"),
        (("norms", "list", "--city", "atlantis"), "zhengzhou"),
        (("fly",), "fly"),
    ],
)
def test_usage_errors_say_what_would_be_right(example, arguments, said):
    done = run(*arguments, cwd=example)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    chinese, english, *_ = done.stderr.splitlines()
    assert chinese.startswith("用法错误:")
    assert english.startswith("  原文:")
    assert chinese.removeprefix("用法错误:") not in f"{english}。"


def test_usage_errors_are_english_on_request(example):
    done = run("assess", "nothing.toml", "-o", "out", "--language", "en", cwd=example)
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert "用法错误" not in done.stderr


def test_norms_are_listed_with_sources():
    done = process("norms", "list", "--city", "zhengzhou", "--kind", "coverage_time", **POOR)
    assert done.returncode == 0
    assert "zhengzhou.sports.fitness_circle_minutes" in done.stdout
    assert "≤15 分钟" in done.stdout
    assert done.stdout.rstrip().endswith("共 3 条标准。一条的全部内容:capacity norms show 编号")
    assert "标准值和期限" in done.stdout
    assert "共 310 条标准。" in run("norms").stdout
    english = ("--city", "zhengzhou", "--kind", "coverage_time", "--language", "en")
    done = run("norms", "list", *english)
    assert "15-minute fitness circle" in done.stdout
    assert "≤15 minutes" in done.stdout
    assert done.stdout.rstrip().endswith(
        "3 norms. capacity norms show ID tells everything known of one."
    )


def test_a_norm_is_listed_in_three_short_lines():
    lines = run("norms", "list", "--city", "chengdu").stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if "kindergarten_land_per_place" in line)
    listed = [" ".join(line.split()) for line in lines[at : at + 4]]
    assert listed == [
        "chengdu.education.kindergarten_land_per_place ≥15 ㎡用地/个",
        "教育:幼儿园生均用地 2035-12-31前",
        "《擘画大民生格局》,学有所教部分",
        "",
    ]
    assert max(map(len, lines)) <= 100  # characters; a Chinese one is two columns wide


def test_norms_as_csv():
    done = run("norms", "list", "--service", "sports", "--kind", "coverage_time", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.stdout.startswith("id,")
    assert [row["id"] for row in rows] == [
        "xinyang.sports.fitness_circle_minutes",
        "xinyang.sports.fitness_circle_minutes_optional",
        "zhengzhou.sports.fitness_circle_minutes",
    ]
    assert rows[2]["value"] == "15.0"


def listed(*options):
    done = run("norms", "list", "--format", "csv", *options)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_norms_are_chosen_by_role_service_and_date():
    rows = listed("--role", "tabulate", "--role", "context", "--city", "郑州")
    assert {row["role"] for row in rows} == {"tabulate", "context"}
    assert {row["city"] for row in rows} == {"zhengzhou"}
    rows = listed("--city", "zhengzhou", "--on", "2023-06-01", "--service", "childcare")
    assert {row["role"] for row in rows} >= {"compute", "tabulate"}
    dated = {row["id"] for row in rows}
    assert "zhengzhou.childcare.places_per_thousand_2023" in dated
    assert "zhengzhou.childcare.places_per_thousand" not in dated


def test_a_norm_file_is_begun_and_checked(tmp_path):
    mine = tmp_path / "newtown.yaml"
    begun = run("norms", "new", mine)
    assert begun.returncode == 0
    assert f"capacity norms validate {mine}" in begun.stdout
    again = run("norms", "new", mine)
    assert again.returncode == 2
    assert "is already there. Choose another name." in again.stderr
    done = process("norms", "validate", mine, **POOR)
    assert (done.returncode, done.stdout) == (0, "newtown.yaml:8 条标准,没有问题。\n")
    english = run("norms", "validate", mine, "--language", "en")
    assert (english.returncode, english.stdout) == (0, "newtown.yaml: 8 norms, 0 faults.\n")
    edit(mine, "kind: ratio_per_population", "kind: ratio_per_populace")
    edit(mine, "date: 2026-01-01", "date: soon")
    done = run("norms", "validate", mine)
    assert done.returncode == 1
    assert "ratio_per_populace" in done.stdout
    assert "soon" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("newtown.yaml:错误 ")
    assert " 条,警告 0 条,提示 0 条。" in done.stdout
    done = run("norms", "validate", mine, "--language", "en")
    assert done.stdout.splitlines()[-1].startswith("newtown.yaml: ")
    assert " errors, 0 warnings, 0 facts." in done.stdout
    assert "Traceback" not in done.stderr
    assert run("norms", "validate", tmp_path / "none.yaml").returncode == 2


def test_show_works_a_norm_out():
    share = "zhengzhou.plan2023.childcare.public_operated_place_share"
    done = run("norms", "show", share, "--language", "en")
    lines = {line[:16].strip(): line[16:].strip() for line in done.stdout.splitlines()}
    assert lines["worked"] == "for 400 places: 400 × 50 / 100 = 200 places"
    assert lines["supply"].startswith("places, of community_childcare_point, run: public, public_b")
    assert lines["of"] == "places, of community_childcare_point, inclusive"
    assert lines["base"] == "counted"
    lines = {
        row[0]: row[-1] for row in map(str.split, run("norms", "show", share).stdout.splitlines())
    }
    assert lines["标准类型"] == "占比"
    assert lines["计入"] == "托位、属于社区托育点、运营方式:公办、公建民营、普惠"
    assert lines["算例"].endswith("200个托位")
    assert all(name.isascii() is False for name in lines)
    done = run("norms", "show", "chengdu.education.kindergarten_land_per_place")
    assert "冲突 C22" in done.stdout
    assert "→" in done.stdout


def test_assess_takes_values_roles_and_the_optional_profile(example, tmp_path):
    settings, out = example / "area.toml", tmp_path / "out"
    ratio = "zhengzhou.childcare.places_per_thousand"
    options = ("--on", "2025-12-31", "--service", "childcare", "--kind", "ratio_per_population")
    done = run("assess", settings, "-o", out, "-q", *options, "--override", f"{ratio}=5")
    assert done.returncode == 0, done.stderr
    with (out / "findings.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    assert {row["service"] for row in rows} == {"childcare"}
    assert {row["kind"] for row in rows} == {"ratio_per_population"}
    own = [row for row in rows if row["norm_id"] == ratio]
    assert {float(row["standard"]) for row in own} == {5.0}
    assert own[0]["source"].startswith("本表设定,非文件规定")


def test_optional_norms_are_asked_for(monkeypatch, town, tmp_path):
    chosen = []

    def remember(city, **options):
        chosen.append((city, options))
        raise NormError("enough")

    monkeypatch.setattr("capacity.norms.catalogue.load_norms", remember)
    arguments = ["assess", str(town), "-o", str(tmp_path / "out"), "--optional"]
    with pytest.raises(NormError):
        app([*arguments, "--role", "tabulate", "--override", "a.b=1.5"], standalone_mode=False)
    ((city, options),) = chosen
    assert city == "zhengzhou"
    assert (options["profile"], options["roles"]) == ("optional", ["tabulate"])
    assert options["overrides"] == {"a.b": "1.5"}


def test_an_override_of_no_norm_is_a_fault(town, tmp_path):
    out = tmp_path / "out"
    done = run("assess", town, "-o", out, "--override", "zhengzhou.nothing=5")
    assert done.returncode == 1
    assert "zhengzhou.nothing" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_a_norm_is_shown_with_everything_known():
    done = run("norms", "show", "zhengzhou.childcare.facility_per_street_2023")
    assert done.returncode == 0
    for text in ("郑政〔2022〕33号", "专栏1第4项", "2023-12-31", "最小规模", ".yaml 第"):
        assert text in done.stdout
    unknown = run("norms", "show", "zhengzhou.childcare.facility_per_stret_2023")
    assert unknown.returncode == 1
    assert "facility_per_street_2023" in unknown.stderr


def test_a_norm_file_of_ones_own(town, tmp_path):
    mine = tmp_path / "newtown.yaml"
    mine.write_text("document: {id: newtown.plan}\n", encoding="utf-8")
    done = run("assess", town, "-o", tmp_path / "out", "--norms", mine)
    assert done.returncode == 1
    assert "newtown.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_before_the_first_norm_the_mend_is_the_date_of_the_norms(town):
    edit(town, "data_date = 2025-06-30", "data_date = 2018-06-30")
    checked = run("check", town)
    assert checked.returncode == 1
    told = checked.stdout.partition("选不到适用标准")[2]
    assert told.partition("改法:")[2].startswith("用 --on 日期")
    assert "Use --on DATE" in checked.stdout
    assert "选不到适用标准" not in run("check", town, "--on", "2025-12-31").stdout
    assert run("check", town, "--on", "2018-12-31", "--city", "zhengzhou").returncode == 1


def test_a_city_without_norms_is_an_error_of_area_toml(town, tmp_path):
    edit(town, '"zhengzhou"', '"zhengzou"')
    expected = (
        "  原文:area.toml, column study_area.city, study_area.data_date: "
        'No norms are known for the city "zhengzou". Did you mean "zhengzhou"?'
    )
    checked = run("check", town)
    assert checked.returncode == 1
    assert expected in checked.stdout
    assessed = run("assess", town, "-o", tmp_path / "out")
    assert assessed.returncode == 1
    assert expected in assessed.stderr
    assert not (tmp_path / "out").exists()


def test_the_steps_of_a_run_are_said_in_the_language_asked_for(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    for chosen, said in (("zh", "写出结果"), ("en", "writing")):
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        token = cli._LANGUAGE.set(chosen)
        with cli._progress(quiet=False) as progress:
            progress("writing", 0, 1)
        cli._LANGUAGE.reset(token)
        assert said in stream.getvalue()


def test_every_step_of_a_run_has_chinese_words():
    steps = re.findall(r'progress\("([^"]+)"', inspect.getsource(cli))
    kinds = re.findall(r'self\._run\("(\w+)"', inspect.getsource(parts))
    assert len(steps) > 3
    assert {*steps, *(f"{kind}s" for kind in kinds)} == set(cli._STEPS)
