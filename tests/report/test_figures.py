"""Figures: what is drawn is what the findings say, and every character has a glyph."""

import dataclasses
import io
import sys
import warnings

import matplotlib as mpl
import numpy as np
import pytest
import shapely
from matplotlib.figure import Figure
from matplotlib.text import Text

from capacity import MissingExtraError, NormError, assess, load_catalogue, load_norms
from capacity.findings import STATUSES
from capacity.report import labels
from capacity.report.figures import PLOTS, plot, possible
from capacity.report.fonts import MissingGlyphWarning, covered, drawable, font_file
from capacity.report.text import wrap
from capacity.report.view import look
from capacity.vocabulary import SERVICES, UNIT_TYPES
from tests.report import hostile

PLACES = "zhengzhou.childcare.places_per_thousand"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
LAND = "zhengzhou.plan2023.elder_care.land_per_capita"


@pytest.fixture(autouse=True)
def quiet_settings():
    """No figure may change the settings of matplotlib, nor its list of fonts."""
    before = dict(mpl.rcParams)
    fonts = len(mpl.font_manager.fontManager.ttflist)
    yield
    assert dict(mpl.rcParams) == before
    assert len(mpl.font_manager.fontManager.ttflist) == fonts


def drawn(result, kind, norm_id, **options):
    axes = Figure(figsize=(7.6, 4.9), layout="constrained").subplots()
    plot(result, kind, norm_id, ax=axes, **options)
    return axes


def streets(result, norm_id, measure):
    found = result.findings
    mine = (found["norm_id"] == norm_id) & (found["measure"] == measure)
    rows = found[mine & (found["rollup"] == "unit")]
    return rows[rows["unit_type"].isin(["street", "township"])].set_index("unit_code")


def texts(axes):
    return [text.get_text() for text in axes.findobj(Text) if text.get_text()]


# --- fonts --------------------------------------------------------------------------------


def test_the_font_covers_every_character_that_chinese_computers_had():
    """GB 2312, all of GBK's Chinese characters and the first block of rare ones."""
    gbk = {chr(c) for c in range(0x80, 0x10000) if _in("gbk", chr(c))}
    assert {c for c in gbk if ord(c) not in covered()} <= {"≒"}
    assert all(c in covered() for c in range(0x4E00, 0x9FF0))
    # Place names with characters beyond GBK: 㙟, 䢺, 𬇕水, 㧐 and the extension B onwards.
    assert all(ord(c) in covered() for c in "㙟䢺㧐㳇䓫𬇕𫭟𬭎𬤊𬺈𬬻")


def _in(encoding, character):
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def test_the_font_covers_every_word_of_ours(result):
    words = [
        *(pair[0] + pair[1] for table in _tables() for pair in table.values()),
        *labels.PHRASES.values(),
        *labels.ARGUMENTS.values(),
        *result.area.units["unit_name"],
        *(n.name_zh + n.name_en + n.source.citation for n in load_catalogue().norms),
        *(labels.standard_text(n, "zh") for n in load_catalogue().norms),
    ]
    lost = {c for word in words for c in word if ord(c) not in covered()}
    assert lost == set()


def _tables():
    return [
        STATUSES,
        SERVICES,
        UNIT_TYPES,
        labels.MEASURES,
        labels.QUANTITIES,
        labels.COLUMNS,
        PLOTS,
    ]


def test_a_character_without_a_glyph_is_named_and_marked():
    with pytest.warns(MissingGlyphWarning, match=r"no glyph for 𠀁 \(U\+20001\)、😀 \(U\+1F600\)"):
        assert drawable("𠀁镇😀\x00") == "〓镇〓"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert drawable("示例区\n㙟街道") == "示例区\n㙟街道"


def test_every_figure_is_drawn_with_the_package_font_and_no_glyph_is_missing(result):
    """Warnings are errors, matplotlib's about glyphs too; texts made while drawing are looked at."""
    for kind, language in [("map", "zh"), ("bars", "en"), ("curve", "en"), ("stages", "zh")]:
        norm_id = CIRCLE if kind == "curve" else PLACES
        axes = drawn(result, kind, norm_id, language=language)
        axes.figure.savefig(io.BytesIO(), dpi=60)
        files = {text.get_fontproperties().get_file() for text in axes.findobj(Text)}
        assert files == {font_file()}
        assert {c for text in texts(axes) for c in text if ord(c) not in covered()} == {"\n"}


def test_hostile_names_are_drawn_as_text(result):
    """A pair of $ would be a formula, and a wrong one stops the drawing."""
    names, changed = hostile.named(result)
    code = "410199001"
    for frame in (changed.area.units, changed.findings):
        frame.loc[frame["unit_code"] == code, "unit_name"] = "$\\frac{1}$\x00%s{x}"
    axes = drawn(changed, "bars", PLACES)
    axes.figure.savefig(io.BytesIO(), dpi=40)
    shown = [label.get_text().replace("\n", "") for label in axes.get_yticklabels()]
    assert shown[0] == "$\\frac{1}$%s{x}"
    assert all(not text.get_parse_math() for text in axes.findobj(Text))
    axes = drawn(changed, "map", PLACES)
    axes.figure.savefig(io.BytesIO(), dpi=40)
    assert names


# --- the map ------------------------------------------------------------------------------


def filled(axes, result, codes=lambda code: len(code) == 9):
    """Which units carry which fill: colour and hatch by code, from the shapes that are drawn."""
    points = result.area.units.set_index("unit_code").geometry.representative_point()
    found = {}
    for collection in axes.collections:
        if not len(collection.get_facecolor()):
            continue
        for path in collection.get_paths():
            shape = shapely.Polygon(path.vertices[path.codes != 79]).buffer(0)
            inside = [code for code in points.index if codes(code) and shape.contains(points[code])]
            found |= dict.fromkeys(
                inside, (mpl.colors.to_hex(collection.get_facecolor()[0]), collection.get_hatch())
            )
    return found


def test_the_map_fills_units_by_what_they_lack_and_hatches_the_rest(result):
    axes = drawn(result, "map", PLACES)
    rows = streets(result, PLACES, "places")
    fills = {code: fill for code, fill in filled(axes, result).items() if code in rows.index}
    assert set(fills) == set(rows.index)
    by_status = (
        rows.assign(fill=[fills[code] for code in rows.index]).groupby("status")["fill"].agg(set)
    )
    assert by_status["met"] == {("#ffffff", "")}
    assert by_status["no_data"] == {("#ffffff", "////")}
    assert all(not hatch and colour != "#ffffff" for colour, hatch in by_status["short"])
    short = rows[rows["status"] == "short"].sort_values("shortfall")
    brightness = [sum(mpl.colors.to_rgb(fills[code][0])) for code in short.index]
    assert brightness == sorted(brightness, reverse=True)
    assert len(set(brightness)) == 3  # up to 100, up to 200, up to 400


def test_the_map_writes_numbers_and_bounds_into_the_units(result):
    axes = drawn(result, "map", PLACES)
    rows = streets(result, PLACES, "places")
    written = {t.get_gid(): t.get_text().split("\n")[-1] for t in axes.texts if t.get_gid()}
    assert written["410199001"] == f"{rows.loc['410199001', 'shortfall']:,.0f}" == "335"
    assert written["410199006"] == "≤17"  # two facilities there do not say their places
    assert written["410199102"] == "缺数据"
    assert written["410199002"] == "达标"
    shown = "\n".join(texts(axes))
    legend = [t.get_text() for t in axes.get_legend().get_texts()]
    assert "缺 1—100 个(7个单位)" in legend
    assert "缺数据(1个单位)" in legend
    assert result.norms.norms[0].source
    assert "郑政〔2022〕33号" in shown
    assert "千米" in shown
    assert "标准:≥6 个/千人,2025-12-31前" in shown
    assert "≤:有设施未填规模,至多如此" in shown
    assert "≥:" not in shown


def test_the_map_of_a_circle_shows_shares(result):
    axes = drawn(result, "map", CIRCLE)
    rows = streets(result, CIRCLE, "population")
    fills = filled(axes, result)
    for code, row in rows.iterrows():
        colour, hatch = fills[code]
        if row["status"] == "reported":
            expected = ["#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c"][
                int(row["share"] * 5)
            ]
            assert (colour, hatch) == (expected, "")
        else:
            assert hatch == {"no_data": "////", "not_applicable": "...."}[row["status"]]


def test_the_scale_bar_is_as_long_as_it_says(result):
    axes = drawn(result, "map", PLACES)
    bar = next(a for a in axes.artists if hasattr(a, "size_bar"))
    width = bar.size_bar.get_children()[0].get_width()
    assert bar.txt_label.get_text() == f"{width / 1000:g} 千米"


def test_communities_have_a_map_of_their_own(result):
    norm = "zhengzhou.childcare.facility_per_community"
    axes = drawn(result, "map", norm, tier="community")
    rows = result.findings.query(
        "norm_id == @norm and rollup == 'unit' and measure == 'facilities'"
    )
    fills = filled(axes, result, codes=lambda code: len(code) > 9)
    lacking = {code for code, (colour, _) in fills.items() if colour not in {"#ffffff", "#f2f2f2"}}
    assert lacking == set(rows.loc[rows["status"] == "short", "unit_code"])


# --- bars, curves, stages -----------------------------------------------------------------


def test_bars_are_existing_and_shortfall_the_worst_first(result):
    axes = drawn(result, "bars", PLACES)
    rows = streets(result, PLACES, "places")
    short = rows[rows["status"] == "short"].sort_values("shortfall", ascending=False)
    existing, lacking = axes.containers
    assert [bar.get_width() for bar in existing] == short["existing"].tolist()
    assert [bar.get_width() for bar in lacking] == short["shortfall"].tolist()
    ends = [bar.get_x() + bar.get_width() for bar in lacking]
    assert ends == short["required"].tolist()
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [name.removeprefix("示例区") for name in short["unit_name"]]
    assert axes.yaxis_inverted()
    shown = "\n".join(texts(axes))
    assert "缺口 ≤17" in shown
    assert "缺数据、未计入:示例区青石镇" in shown


def test_bars_of_a_circle_are_shares_the_lowest_first(result):
    axes = drawn(result, "bars", CIRCLE)
    rows = streets(result, CIRCLE, "population")
    shares = [bar.get_width() for bar in axes.containers[0]]
    assert shares == sorted(rows["share"].dropna())


def test_the_curve_is_drawn_through_its_points_and_marks_the_norm(result):
    axes = drawn(result, "curve", CIRCLE)
    curve = result.coverage_curve(CIRCLE)
    line, limit, here = axes.lines
    assert np.array_equal(line.get_xydata(), curve.points[["metres", "share"]].to_numpy())
    assert limit.get_xdata()[0] == curve.limit_m == 300.0
    rows = streets(result, CIRCLE, "population").dropna(subset="share")
    share = rows["existing"].sum() / rows["base_value"].sum()
    assert here.get_ydata()[0] == pytest.approx(share)
    assert f"标准 300 米:{share:.1%}" in "\n".join(texts(axes))


def test_the_lorenz_curve_and_its_gini(result):
    axes = drawn(result, "lorenz", PLACES)
    found = result.spread(PLACES)
    _, curve = axes.lines
    assert np.array_equal(curve.get_xydata(), found.curve.to_numpy())
    assert f"基尼系数 {found.equity.gini:.2f}" in texts(axes)
    shown = "\n".join(texts(axes))
    assert "现有数不全、按已知计:示例区人民街道" in shown


def test_stages_show_what_is_covered_and_what_is_missing(result):
    axes = drawn(result, "stages", PLACES)
    table = result.stage_progress(PLACES)
    covered_bars, lacking = axes.containers
    assert [bar.get_height() for bar in covered_bars] == table["covered"].tolist()
    tops = [bar.get_y() + bar.get_height() for bar in lacking]
    assert tops == table["required"].tolist()
    shown = "\n".join(texts(axes))
    assert f"应有 1,987\n缺口 已知{table['shortfall'].iloc[-1]:,.0f}" in shown
    assert "≥2 个/千人" in shown
    assert "已知:仅为已知部分,可能更多或更少" in shown
    assert "缺数据的单位1个,应有和缺口均未计入" in shown


# --- what cannot be drawn -----------------------------------------------------------------


def test_errors_name_what_can_be_drawn(result):
    with pytest.raises(
        ValueError, match=r'no figure "pie"\. Figures: map, bars, curve, lorenz, stages'
    ):
        result.plot("pie", PLACES)
    with pytest.raises(NormError, match=rf'"{PLACES}" has no figure "curve" here. .*: {CIRCLE}, '):
        result.plot("curve", PLACES)
    with pytest.raises(NormError, match=rf'has no figure "stages" here. Norms that have: {PLACES}'):
        result.plot("stages", "typo")
    with pytest.raises(NormError, match="has no figure of beds; it has population, under_3"):
        result.plot("curve", CIRCLE, measure="beds")
    with pytest.raises(NormError, match="has no rows of tier city; it has street, community"):
        result.plot("map", "zhengzhou.childcare.facility_per_community", tier="city")


def test_without_the_packages_the_error_names_the_extra(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
    font_file.cache_clear()
    try:
        with pytest.raises(MissingExtraError, match=r"(?s)extra figures.*pip install"):
            result.plot("map", PLACES)
    finally:
        font_file.cache_clear()


def test_table_mode_has_bars_and_no_map(result):
    units = result.area.units.copy()
    units["geometry"] = None
    flat = dataclasses.replace(result, area=dataclasses.replace(result.area, units=units))
    view = look(flat)
    assert possible(view, "map") == ()
    assert PLACES in {group.norm.id for group in possible(view, "bars")}


def test_every_possible_figure_can_be_chosen(result):
    view = look(result)
    assert {
        kind: len({g.norm.id for g in possible(view, kind)}) > 0 for kind in PLOTS
    } == dict.fromkeys(PLOTS, True)
    for group in possible(view, "lorenz"):
        assert result.spread(group.norm.id, measure=group.measure).equity.gini >= 0


def test_two_norms_of_one_name_differ_below_the_figure(area):
    early = assess(area, load_norms("zhengzhou", on="2025-06-30"))
    titles = [drawn(early, "bars", norm) for norm in (PLACES, f"{PLACES}_2023")]
    below = ["\n".join(texts(axes)) for axes in titles]
    assert "≥6 个/千人" in below[0]
    assert "≥4 个/千人" in below[1]


def test_lines_break_anywhere_in_chinese_and_keep_words():
    assert wrap("示例区每千人口托位数 2025-12-31前", 22) == ["示例区每千人口托位数", "2025-12-31前"]
    assert wrap("甲乙丙丁,戊", 8) == ["甲乙丙", "丁,戊"]
    assert wrap("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert wrap("", 10) == [""]


def test_the_map_shows_in_brackets_what_lacks_where_nothing_is_asked(result):
    norm = "xinyang.childcare.places_per_thousand"  # asked of the city as a whole
    found = assess(result.area, load_norms("xinyang", on="2025-12-31").choose(norm))
    axes = drawn(found, "map", norm, language="en")
    rows = streets(found, norm, "places")
    assert set(rows["status"]) == {"reported", "no_data"}
    written = {t.get_gid(): t.get_text().split("\n")[-1] for t in axes.texts if t.get_gid()}
    # 65,707 residents × 4.5 ‰ = 295.7: 296 places, of which there are 60
    assert written["410199001"] == "(236)"
    assert written["410199002"] == "reported"
    assert "In brackets: less than the standard" in "\n".join(texts(axes))
