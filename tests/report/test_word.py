"""The Word report, read back: numbers against findings, headings, pictures, and nothing run."""

import dataclasses
import io
import re
import warnings
import zipfile

import docx
import matplotlib.image as mpimg
import pytest
from docx.oxml.ns import qn

from capacity import MissingExtraError, assess, load_norms, write_example
from capacity.assess.summary import headlines
from capacity.cli import app
from capacity.findings import STATUSES
from capacity.report import document, folder, labels, word
from capacity.report.fonts import drawable
from capacity.report.sentences import sentence
from capacity.report.text import clean
from capacity.report.view import look
from capacity.report.word import write_word
from capacity.vocabulary import SERVICES
from tests.report import hostile

PLACES = "zhengzhou.childcare.places_per_thousand"
_SHARES = ("units_with_one",)
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"


@pytest.fixture(scope="module")
def path(result, tmp_path_factory):
    """The report with pictures of a low resolution: what is in them is tested with the figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word, "_DPI", 40)
        return write_word(result, tmp_path_factory.mktemp("word") / "report.docx")


@pytest.fixture(scope="module")
def report(path):
    return docx.Document(path)


def text_of(document_):
    """Every text of a document: paragraphs, fields and tables."""
    return [
        "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
        for paragraph in document_.element.body.iter(qn("w:p"))
    ]


def rows_of(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def tables_headed(document_, head):
    return [table for table in document_.tables if table.rows[0].cells[0].text == head]


def norm_rows(document_):
    """Number and measure of each norm → its row, of the tables of all services."""
    found = {}
    for table in tables_headed(document_, "标准"):
        for row in rows_of(table)[1:]:
            number, measure = re.match(r"\[(\d+)\] .*?(?:\((覆盖[^)]*)\))?$", row[0]).groups()
            found[int(number), measure or ""] = row
    return found


def key_of(group):
    measured = labels.measure_name(group.measure, group.norm.service, "zh")
    return group.number, measured if group.norm.measures else ""


# --- numbers ------------------------------------------------------------------------------


def test_every_norm_stands_once_with_the_numbers_of_its_findings(result, report):
    view = look(result)
    rows = norm_rows(report)
    wanted = [
        g
        for g in view.groups
        if g.measure and g.measure not in {*labels.SECONDARY, "capacity_limited"}
    ]
    assert sorted(rows) == sorted(key_of(group) for group in wanted)
    checked = 0
    for group in wanted:
        row = rows[key_of(group)]
        total = view.row(view.root, group, "sum_of_units", "unit")
        assert labels.norm_name(group.norm, "zh") in row[0]
        if total is None or total["shortfall"] != total["shortfall"]:
            assert row[5] in {labels.NO_DATA, labels.NOT_APPLICABLE}
            continue
        number = float(re.sub(r"[^\d.]", "", row[5].replace("㎡", "")))
        digits = 1 if group.measure in labels.AREAS else 0
        assert number == pytest.approx(total["shortfall"], abs=0.5 * 10**-digits)
        known = {"lower bound": "≥", "upper bound": "≤", "no bound": "已知"}
        mark = next((sign for words, sign in known.items() if words in total["note"]), "")
        assert row[5].startswith(mark if total["shortfall"] else "0")
        checked += 1
    assert checked > 40


def test_sentence_and_table_of_a_share_of_units_count_the_same(result, report):
    """Units of several tiers: a street counts with what lies in it, in words and in the table."""
    view = look(result)
    heads = {(h.norm_id, h.measure): h for h in headlines(result)}
    several = [g for g in view.groups if g.norm.of and g.norm.of.units and g.measure in _SHARES]
    checked = 0
    for group in several:
        head = heads[group.norm.id, group.measure]
        for worst in head.worst:
            row = view.shown(worst.unit_code, group)
            assert row["shortfall"] == worst.amount
            checked += row["rollup"] == "sum_of_units" and not head.tier
    assert checked
    tables = [rows_of(t) for t in tables_headed(report, "代码")]
    cells = [cell for rows in tables for row in rows for cell in row]
    assert any(re.fullmatch(r"[\d.]+%\(缺口 [≥≤]?\d+\)", cell) for cell in cells)


def test_names_stand_for_codes_in_the_table_of_norms_without_data(result, report):
    (table,) = [t for t in tables_headed(report, "领域") if "缺什么" in rows_of(t)[0]]
    said = " ".join(row[2] for row in rows_of(table)[1:])
    codes = {*result.area.units["unit_code"], *result.area.facilities["facility_id"]}
    assert not [code for code in codes if code and code in said]
    assert "示例区建设街道" in said


def test_norms_of_one_name_are_told_apart_in_the_summary(area):
    """The plan asks for 55 % nursing beds, the scheme for 60 %: the bullets say which."""
    result = assess(area, load_norms("zhengzhou", on="2025-06-30"))
    writer = word._Writer(None, look(result), "zh", {}, {}, pictures=False)
    names = [writer.name(norm) for norm in result.norms.norms]
    assert len(set(names)) == len(names)
    assert "每千人口托位数（≥6 个/千人，2025-12-31前(下一阶段)）" in names


def test_what_has_no_data_is_never_said_to_be_met(result, report):
    view = look(result)
    rows = norm_rows(report)
    without = 0
    for group in view.groups:
        key = key_of(group) if group.measure else None
        if key not in rows or group.measure in labels.SECONDARY:
            continue
        total = view.row(view.root, group, "sum_of_units", "unit", "net")
        shown = rows[key][7]
        assert shown == STATUSES[total["status"]][0] or shown == "总量达标,单位有缺口"
        without += total["status"] == "no_data"
    assert without > 5
    listed = tables_headed(report, "领域")[0]
    assert len(listed.rows) - 1 >= without - 3  # circles with known units are said apart
    assert all("缺" in row[2] or "类型" in row[2] or "…" in row[2] for row in rows_of(listed)[1:])


def test_units_stand_with_their_shortfall(result, report):
    table = tables_headed(report, "代码")[0]
    head, *rows = rows_of(table)
    at = next(i for i, text in enumerate(head) if "每千人口托位数(个) ≥6" in text)
    findings = result.findings.query("norm_id == @PLACES and measure == 'places'")
    unit = findings[findings["rollup"] == "unit"].set_index("unit_code")
    shown = {row[0]: row[at] for row in rows}
    assert set(unit.index) <= set(shown)
    for code, found in unit.iterrows():
        if found["status"] == "short":
            assert shown[code].removeprefix("缺口 ").lstrip("≤") == f"{found['shortfall']:,.0f}"
        else:
            assert shown[code] == {"met": "达标", "no_data": "…"}[found["status"]]
    assert shown["410199006"] == "缺口 ≤17"
    total = next(row for row in rows if row[1] == "分单位合计")
    assert total[at] == "已知缺口 805"


def test_the_summary_says_how_much_where_and_what_would_close_it(result, report):
    said = next(t for t in text_of(report) if t.startswith("托育：每千人口托位数"))
    head = next(h for h in headlines(result) if (h.norm_id, h.measure) == (PLACES, "places"))
    assert f"已知缺托位{head.shortfall:,.0f}个（仅为已知部分，实际可能更多或更少）" in said
    worst = head.worst[0]
    assert f"缺口最大的是{worst.unit_name}（{worst.amount:,.0f}个）" in said
    assert "最低规模（街道50个托位、乡镇30个托位）" in said
    assert f"已知需要{head.facilities:,.0f}处，规模更大则处数更少" in said
    everything = "\n".join(text_of(report))
    assert "至少缺室外面积70.0㎡" in everything
    assert "至多还差57个社区、村" in everything
    assert "还差7个村" in everything  # half of 16 are asked, one is there
    assert "12个街道乡镇中，达标2个、未达标9个、缺数据1个" in everything


def test_circles_are_said_of_the_units_that_are_known(result, report):
    found = result.findings.query("norm_id == @CIRCLE and measure == 'population'")
    known = found[(found["rollup"] == "unit") & (found["status"] == "reported")]
    people, covered = known["base_value"].sum(), known["existing"].sum()
    text = f"有数据的单位共有常住人口{people:,.0f}人，服务范围内{covered:,.0f}人，占{covered / people:.1%}"
    assert sum(text in line for line in text_of(report)) == 2  # the summary and the chapter


# --- form ---------------------------------------------------------------------------------


def test_headings_are_real_and_every_service_has_one(report, result):
    first = [p.text for p in report.paragraphs if p.style.name == "Heading 1"]
    assert first == [
        *("一、摘要", "二、各领域情况", "三、计算方法"),
        *("四、数据来源与质量", "五、标准依据", "六、附件"),
    ]
    second = [p.text.split("）")[-1] for p in report.paragraphs if p.style.name == "Heading 2"]
    numbered = [p.text for p in report.paragraphs if p.style.name == "Heading 2"][:5]
    assert [text.split("）")[0] for text in numbered] == ["（一", "（二", "（三", "（一", "（二"]
    services = {SERVICES[name][0] for name in result.findings["service"]}
    assert services <= set(second)
    assert report.paragraphs[0].style.name == "Title"
    assert report.paragraphs[0].text == "示例区公共服务设施缺口评估报告"
    assert report.core_properties.title == report.paragraphs[0].text


def test_fonts_are_named_for_chinese_and_none_is_of_the_theme(report):
    for name, font in [("Normal", "宋体"), ("Heading 1", "黑体"), ("Title", "黑体")]:
        fonts = report.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert not [key for key in fonts.attrib if "Theme" in key]
    languages = {node.get(qn("w:eastAsia")) for node in report.styles.element.iter(qn("w:lang"))}
    assert languages == {"zh-CN"}


def test_table_heads_are_repeated_and_rows_are_whole(report):
    assert len(report.tables) > 15
    for table in report.tables:
        head = table.rows[0]._tr.trPr
        assert head.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert all(cell.text.strip() for row in table.rows for cell in row.cells)


def test_pages_and_captions_are_numbered_by_fields(report):
    footer = report.sections[0].footer._element
    assert [f.get(qn("w:instr")) for f in footer.iter(qn("w:fldSimple"))] == ["PAGE", "NUMPAGES"]
    shown = "".join(node.text for node in footer.iter(qn("w:t")))
    assert shown == "第 1 页 共 1 页"
    for kind in ("图", "表"):
        numbers = [
            field.find(f".//{qn('w:t')}").text
            for field in report.element.body.iter(qn("w:fldSimple"))
            if field.get(qn("w:instr")) == f"SEQ {kind} \\* ARABIC"
        ]
        assert numbers == [str(i) for i in range(1, len(numbers) + 1)]
        assert len(numbers) > 10


def test_every_picture_is_drawn_described_and_captioned(report):
    pictures = report.inline_shapes
    captions = [t for t in text_of(report) if re.match(r"图 \d+  ", t)]
    assert len(pictures) == len(captions) > 10
    described = [shape._inline.docPr.get("descr") for shape in pictures]
    for text, caption in zip(described, captions, strict=True):
        assert caption.split("  ", 1)[1] in text
    assert len({shape._inline.docPr.get("name") for shape in pictures}) == len(pictures)
    for shape in pictures:
        embed = shape._inline.graphic.graphicData.pic.blipFill.blip.embed
        pixels = mpimg.imread(io.BytesIO(report.part.related_parts[embed].blob))
        assert pixels.std() > 0.02  # not blank
    assert any("缺口地图" in caption for caption in captions)
    assert any("覆盖曲线" in caption for caption in captions)
    assert any("分阶段进度" in caption for caption in captions)
    assert any("洛伦兹曲线" in caption for caption in captions)


def test_every_norm_is_cited_with_its_clause(result, report):
    text = "\n".join(text_of(report))
    for norm in result.norms.norms:
        assert norm.source.citation in text
    table = tables_headed(report, "序号")[0]
    assert len(table.rows) - 1 == len(result.norms.norms)
    for conflict in result.norms.conflicts:
        assert f"{conflict.id}：" in text


def test_warnings_and_inputs_are_listed(result, report):
    text = "\n".join(text_of(report))
    counts = result.quality["severity"].value_counts()
    assert f"警告{counts['warning']}条、提示{counts['info']}条，没有错误" in text
    files = {row[0] for row in rows_of(tables_headed(report, "文件")[0])[1:]}
    assert files == {file.path for file in result.area.files}


# --- what it must stand -------------------------------------------------------------------


def test_hostile_names_stay_text(result, tmp_path):
    names, changed = hostile.named(result)
    target = write_word(changed, tmp_path / "x.docx", pictures=False)
    document_ = docx.Document(target)
    shown = {row[1] for t in tables_headed(document_, "代码") for row in rows_of(t)}
    assert {clean(name) for name in names.values()} <= shown
    with zipfile.ZipFile(target) as archive:
        xml = archive.read("word/document.xml").decode()
        assert not [n for n in archive.namelist() if "vba" in n or "embeddings" in n]
    assert "<script>" not in xml
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", xml)
    codes = set(re.findall(r'w:instr="(\w+)', xml))
    assert codes == {"SEQ"}


def test_english_on_request(result, tmp_path):
    document_ = docx.Document(
        write_word(result, tmp_path / "en.docx", language="en", pictures=False)
    )
    first = [p.text for p in document_.paragraphs if p.style.name == "Heading 1"]
    assert first[:3] == ["1 Summary", "2 Services", "3 Method"]
    said = next(t for t in text_of(document_) if t.startswith("childcare: Childcare places per"))
    assert (
        "as far as is known 805 places are missing (of what is known; it may be more or less)."
        in said
    )
    assert "26 facilities are needed; larger ones may be fewer." in said
    heads = [cell.text for table in document_.tables for cell in table.rows[0].cells]
    assert not [head for head in heads if re.search("[\u4e00-\u9fff]", head)]
    headings = [p.text for p in document_.paragraphs if p.style.name.startswith("Heading")]
    assert not [text for text in headings if re.search("[\u4e00-\u9fff]", text)]


def test_a_district_without_polygons_has_a_report_without_maps(result, tmp_path, monkeypatch):
    monkeypatch.setattr(word, "_DPI", 30)
    units = result.area.units.copy()
    units["geometry"] = None
    one = result.findings["norm_id"].isin([PLACES])
    flat = dataclasses.replace(
        result,
        area=dataclasses.replace(result.area, units=units),
        findings=result.findings[one],
    )
    captions = [
        t for t in text_of(docx.Document(write_word(flat, tmp_path / "f.docx"))) if "图 " in t[:2]
    ]
    assert [c.split("  ")[1] for c in captions] == [
        "示例区每千人口托位数缺口排名",
        "示例区每千人口托位数洛伦兹曲线",
        "示例区每千人口托位数分阶段进度",
    ]


def test_many_units_are_cut_to_those_with_a_gap(result, tmp_path, monkeypatch):
    monkeypatch.setattr(word, "_ROWS", 3)
    document_ = docx.Document(write_word(result, tmp_path / "s.docx", pictures=False))
    table = rows_of(tables_headed(document_, "代码")[0])
    assert [row[1] for row in table[1:3]] == ["分单位合计", "按总量核算"]
    assert len(table) == 3 + 3
    assert "未列出的单位9个（不适用、无缺口或排在后面）" in "\n".join(text_of(document_))


def test_a_failure_leaves_the_earlier_file(result, tmp_path, monkeypatch):
    target = tmp_path / "report.docx"
    target.write_bytes(b"earlier")
    monkeypatch.setattr(document, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"(?s)extra word.*pip install"):
        write_word(result, target)
    assert target.read_bytes() == b"earlier"


def test_the_command_says_at_once_that_the_extra_is_missing(tmp_path, monkeypatch):
    settings = write_example(tmp_path / "area")
    monkeypatch.setattr(document, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"(?s)extra word.*pip install"):
        app(["assess", str(settings), "-o", str(tmp_path / "out"), "--word"], standalone_mode=False)
    assert not (tmp_path / "out").exists()


def test_the_command_writes_the_report_and_names_missing_glyphs(tmp_path, monkeypatch, capsys):
    settings = write_example(tmp_path / "area")

    def fake(result, path, *, language):
        warnings.simplefilter("always")  # as outside the tests
        drawable("𠀁镇")
        path.write_text(f"{result.area.name} {language}")

    monkeypatch.setattr(folder, "write_word", fake)
    command = ["assess", str(settings), "-o", str(tmp_path / "out"), "--word", "-q"]
    app([*command, "--service", "emergency", "--language", "en"], standalone_mode=False)
    assert (tmp_path / "out" / "report.docx").read_text() == "示例区 en"
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith("warning: The font of the figures has no glyph for 𠀁 (U+20001)")


def test_gaps_of_streets_and_what_lies_in_them_are_said_to_be_both(result):
    norm_id = "zhengzhou.sports.facility_network_levels"
    head = next(
        h for h in headlines(result) if (h.norm_id, h.measure) == (norm_id, "units_with_one")
    )
    norm = next(one for one in result.norms.norms if one.id == norm_id)
    said = sentence(head, norm, "zh")
    assert "连同所辖社区村" in said
    assert "街道乡镇中" not in said
