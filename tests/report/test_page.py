"""The page: its data are the findings, nothing in it runs or leaves, and a planner can use it."""

import dataclasses
import datetime as dt
import json
import math
import re
import time
from html.parser import HTMLParser

import pandas as pd
import pytest

from capacity import assess, load_norms, study_area
from capacity.example.generate import synthetic_city
from capacity.findings import COLUMNS, STATUSES
from capacity.report import page
from capacity.report.labels import translate
from capacity.report.page import write_page
from capacity.report.page_data import page_data
from capacity.report.page_text import WORDS
from capacity.report.text import clean, guard_csv
from capacity.vocabulary import KNOWN_ONLY, LOWER_BOUND, TIER_OF, UPPER_BOUND
from tests.report import hostile
from tests.report.browser import Sight, chromium

RATIO = ("zhengzhou.childcare.places_per_thousand", "places")
CIRCLE = ("zhengzhou.plan2023.childcare.service_circle_radius", "population")
NUMBERS = ("base_value", "required", "existing", "shortfall", "surplus", "share")
NASTY = "</script><img src=x onerror=alert(1)>](javascript:alert(1))<!--"


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    return result.to_html(tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def sight(browser, written):
    opened = Sight(browser, written)
    yield opened
    opened.quiet()
    opened.context.close()


def data_in(path):
    """Read the data block as a browser does."""
    text = path.read_text("utf-8")
    (block,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL
    )
    return json.loads(block)


def rows_of(result, norm_id, measure, tier):
    rows = result.findings
    rows = rows[(rows["norm_id"] == norm_id) & (rows["measure"] == measure)]
    rows = rows[rows["unit_type"].map(TIER_OF) == tier]
    order = {"unit": 0, "sum_of_units": 1, "net": 2}
    rows = rows.assign(order=rows["rollup"].map(order)).sort_values(["unit_code", "order"])
    return rows.drop_duplicates("unit_code").set_index("unit_code")


# --- the file ------------------------------------------------------------------------------------


def test_the_data_are_the_findings(result, written):
    data = data_in(written)
    rows, units, groups = data["rows"], data["units"], data["groups"]
    findings = result.findings.to_dict(orient="records")
    assert len(rows["unit"]) == len(findings)
    for i, row in enumerate(findings):
        group = groups[rows["group"][i]]
        assert units["code"][rows["unit"][i]] == row["unit_code"]
        assert (group["norm_id"], group["measure"]) == (row["norm_id"], row["measure"])
        assert (rows["rollup"][i], rows["status"][i]) == (row["rollup"], row["status"])
        for name in NUMBERS:
            value = rows[name][i]
            assert math.isnan(row[name]) if value is None else value == row[name]
        assert group["value"] == row["standard"]
        assert group["citation"] == row["source"]
        for name in ("method", "note"):
            chinese, english = data["texts"][rows[name][i]]
            assert (chinese, english) == (translate(row[name], "zh"), row[name])


def test_missing_data_never_look_like_anything_else(result, written):
    data = data_in(written)
    rows = data["rows"]
    missing = [i for i, status in enumerate(rows["status"]) if status == "no_data"]
    assert len(missing) == (result.findings["status"] == "no_data").sum() > 0
    known = set(rows["known"])
    partly = [i for i in missing if f"share {i}" in known]
    assert len(partly) == 5  # the people of one circle: one street does not say whether it is urban
    for i in partly:
        assert data["texts"][rows["short"][i]] == [
            f"已知{rows['share_text'][i]}",
            f"known {rows['share_text'][i]}",
        ]
    for i in set(missing) - set(partly):
        assert data["texts"][rows["short"][i]] == ["…", "…"]
        assert {rows[f"{name}_text"][i] for name in ("shortfall", "share")} == {"…"}


def test_bounds_are_kept(result, written):
    data, rows = data_in(written), result.findings.reset_index(drop=True)
    known = rows["shortfall"].notna()
    at_least = rows.index[known & rows["note"].str.contains(LOWER_BOUND, regex=False)]
    at_most = rows.index[known & rows["note"].str.contains(UPPER_BOUND, regex=False)]
    assert len(at_least) > 0
    assert len(at_most) > 0
    texts = data["rows"]["shortfall_text"]
    assert all(texts[i].startswith("≥") for i in at_least)
    assert all(texts[i].startswith("≤") for i in at_most)
    exact = rows.index.difference(at_least).difference(at_most)
    assert not any(texts[i].startswith(("≥", "≤")) for i in exact)


def test_pockets_and_circles_are_those_of_the_assessment(result, written):
    data = data_in(written)
    (group,) = [g for g in data["groups"] if (g["norm_id"], g["measure"]) == CIRCLE]
    found = result.pockets
    found = found[(found["norm_id"] == CIRCLE[0]) & (found["measure"] == CIRCLE[1])]
    drawn = found[found["pocket"] > 0]
    codes = [data["units"]["code"][unit] for unit in group["pockets"]["unit"]]
    assert codes == drawn["unit_code"].tolist()
    assert group["pockets"]["people"] == [f"{value:,.0f}" for value in drawn["people"]]
    assert group["pockets"]["left"] == found.loc[found["pocket"] == 0, "pockets"].sum()
    assert all(data["outlines"][at] for at in group["pockets"]["outline"])
    counted = result.circles
    counted = counted[(counted["norm_id"] == CIRCLE[0]) & (counted["measure"] == CIRCLE[1])]
    assert group["circle"]["metres"] == 300.0
    assert group["circle"]["straight"]
    at = [result.area.facilities.index[i] for i in group["circle"]["facilities"]]
    assert at == counted["facility"].tolist()
    # the measures of places share the circle of the residents
    others = [g for g in data["groups"] if g["norm_id"] == CIRCLE[0] and g["measure"] != CIRCLE[1]]
    assert {g["circle"]["metres"] for g in others} == {300.0}


def test_facilities_are_marked_by_what_the_norm_counts(result, written):
    data = data_in(written)
    of_norm = data["counted"][RATIO[0]]
    rows = result.supply.query("norm_id == @RATIO[0] and role == 'supply' and unit_code != ''")
    places = result.area.facilities["places"].to_numpy()
    assert set(of_norm["yes"]) == set(rows.loc[rows["amount"] > 0, "facility"])
    assert len(of_norm["yes"]) > 10
    assert all(places[i] > 0 for i in of_norm["yes"])
    assert of_norm["unknown"]
    assert all(math.isnan(places[i]) for i in of_norm["unknown"])
    closed = [i for i, is_open in enumerate(data["facilities"]["open"]) if not is_open]
    assert not {*of_norm["yes"], *of_norm["unknown"]} & set(closed)


def test_along_a_network_there_is_no_straight_circle(result):
    walked = result.circles.assign(reading="walking network")
    data = page_data(dataclasses.replace(result, circles=walked))
    circles = [group["circle"] for group in data["groups"] if group["circle"]]
    assert circles
    assert not any(circle["straight"] for circle in circles)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.inside, self.scripts = [], "", []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.inside = tag
        if tag in {"script", "style"}:
            self.scripts.append("")

    def handle_endtag(self, _tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside in {"script", "style"}:
            self.scripts[-1] += data


def test_nothing_is_linked_and_the_policy_names_what_runs(written):
    tags = Tags()
    tags.feed(written.read_text("utf-8"))
    links = [a[k] for _, a in tags.found for k in ("src", "href") if k in a]
    assert set(links) == {"#table", "data:,"}
    policy = next(a["content"] for t, a in tags.found if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none';")
    style, _, leaflet, script = tags.scripts
    for text in (style, leaflet, script):
        assert page._hash(text) in policy
    assert not any("style" in attributes for _, attributes in tags.found)
    assert not any(key.startswith("on") for _, attributes in tags.found for key in attributes)


def test_hostile_names_stay_data(result, tmp_path):
    _, changed = hostile.named(result)
    area = dataclasses.replace(changed.area, name=NASTY)
    facilities = area.facilities.assign(name=NASTY)
    area = dataclasses.replace(area, facilities=facilities)
    path = write_page(dataclasses.replace(changed, area=area), tmp_path / "x.html")
    text = path.read_text("utf-8")
    assert "<img" not in text
    assert "<script>alert" not in text
    block = text.split('id="data">')[1].split("</script>")[0]
    assert not set("<>&\u2028\u2029") & set(block)
    assert data_in(path)["area"]["name"] == NASTY


def test_words_have_both_languages_and_places_for_the_same_numbers():
    for key, (chinese, english) in WORDS.items():
        assert chinese, key
        assert english, key
        assert chinese.count("{}") == english.count("{}"), key
        assert re.search("[\u4e00-\u9fff]", chinese) or key.startswith("language"), key


def test_every_word_that_the_script_says_is_there_and_none_is_idle():
    script, html = page._asset("page.js"), page._asset("page.html")
    said = set(re.findall(r'say\("(\w+)"', script)) | set(re.findall(r'data-say="(\w+)"', html))
    assert said <= set(WORDS)
    elsewhere = {"no_script", *(f"by_{name}" for name in ("status", "shortfall", "share"))}
    assert elsewhere <= set(WORDS)
    idle = {key for key in set(WORDS) - said - elsewhere if f'"{key}"' not in script}
    assert idle - {"circles", "pockets", "names", "facilities"} == set()


def test_english_opens_in_english(result, tmp_path):
    path = write_page(result, tmp_path / "en.html", language="en")
    text = path.read_text("utf-8")
    assert '<html lang="en">' in text
    assert data_in(path)["language"] == "en"
    assert "Facility shortfalls</title>" in text


def test_units_without_boundaries_still_have_a_page(result, tmp_path):
    units = result.area.units.copy()
    units["geometry"] = None
    facilities = result.area.facilities.copy()
    facilities["geometry"] = None
    area = dataclasses.replace(result.area, units=units, facilities=facilities)
    bare = dataclasses.replace(
        result,
        area=area,
        pocket_cells=result.pocket_cells.iloc[:0],
        circles=result.circles.iloc[:0],
    )
    data = data_in(write_page(bare, tmp_path / "bare.html"))
    assert not any(data["units"]["rings"])
    assert not any(data["facilities"]["where"])


def test_two_hundred_units_are_small_and_quick(tmp_path):
    town = synthetic_city(
        n_cells=20_000,
        n_units=200,
        n_facilities=2000,
        n_compounds=500,
        services=("childcare", "elder_care", "sports"),
    )
    on = dt.date(2025, 12, 31)
    area = study_area(
        town.units, town.population, town.facilities, town.compounds, name="city", data_date=on
    )
    result = assess(area, load_norms("zhengzhou", on=on))
    started = time.process_time()
    path = write_page(result, tmp_path / "city.html")
    assert time.process_time() - started < 8
    assert path.stat().st_size < 6e6
    rings = data_in(path)["units"]["rings"]
    assert sum(1 for one in rings if one) == len(area.units)


# --- in a browser --------------------------------------------------------------------------------


def test_it_opens_on_a_norm_that_is_short_with_its_clause_in_sight(sight, result):
    assert sight.locator("h1").inner_text() == "示例区 · 设施缺口图"
    card = sight.locator("#card").inner_text()
    source = result.findings.set_index("norm_id").at[RATIO[0], "source"].iloc[0]
    assert source in card
    assert "取整:按填报单位进位" in card
    assert "每千人口托位数" in card
    rows = rows_of(result, *RATIO, "street")
    assert sight.column("code") == rows.index.tolist()
    words = [STATUSES[status][0] for status in rows["status"]]
    assert sight.column("status") == words
    assert sight.locator("path.unit").count() == len(rows)
    whole = result.findings.query("unit_code == @result.area.code and norm_id == @RATIO[0]")
    (whole,) = whole.query("measure == @RATIO[1] and rollup == 'sum_of_units'").itertuples()
    assert KNOWN_ONLY in whole.note
    totals = sight.texts("#table tbody.totals tr:first-child td")
    assert f"已知{whole.shortfall:,.0f}" in totals


def test_map_and_legend_tell_missing_data_from_met(sight, result):
    rows = rows_of(result, *RATIO, "street")
    for colour in ("status", "shortfall"):
        sight.locator(f"#colour input[value={colour}]").check(force=True)
        units = data_in_units(sight)
        fills = {
            units[int(path.get_attribute("data-unit"))]: path.get_attribute("fill")
            for path in sight.locator("path.unit").all()
        }
        by_status = {
            s: {fills[c] for c in rows.index[rows["status"] == s]} for s in set(rows["status"])
        }
        assert by_status["no_data"] == {"url(#hatch)"}
        assert not by_status["no_data"] & (by_status["met"] | by_status["short"])
        assert not by_status["met"] & by_status["short"]
        legend = sight.locator("#legend").inner_text()
        assert "缺数据" in legend
        assert "达标" in legend
    assert "缺口(个)" in legend  # with its unit
    labels = sight.eval_on_selector_all(
        "path.unit", "paths => paths.map((p) => p.getAttribute('aria-label'))"
    )
    assert all(any(STATUSES[s][0] in label for s in STATUSES) for label in labels)


def data_in_units(sight):
    return sight.evaluate("JSON.parse(document.getElementById('data').textContent).units.code")


def test_switch_norm_and_level(sight, result):
    sight.choose(*CIRCLE)
    assert "半径300米托育服务圈" in sight.locator("#card").inner_text()
    rows = rows_of(result, *CIRCLE, "street")
    shares = [
        "…" if s == "no_data" else "—" if s == "not_applicable" else f"{v:.1%}"
        for s, v in zip(rows["status"], rows["share"], strict=True)
    ]
    assert sight.column("share") == shares
    assert sight.locator("path.pocket").count() > 0
    assert sight.locator("#legend").inner_text().count("300 米") == 1
    assert sight.locator(".leaflet-circles-pane canvas").count() == 1
    pockets = result.pockets.query("norm_id == @CIRCLE[0] and measure == @CIRCLE[1] and pocket > 0")
    most = pockets.iloc[0]
    sight.locator(f"tr[data-unit='{data_in_units(sight).index(most['unit_code'])}']").click()
    words = sight.texts("#findings .pockets button")
    assert words[0] == f"未覆盖 {most['people']:,.0f} 人"
    assert len(words) == min(8, (pockets["unit_code"] == most["unit_code"]).sum())
    scale = sight.locator(".leaflet-control-scale-line").inner_text()
    sight.locator("#findings .pockets button").first.click()
    assert sight.locator(".leaflet-control-scale-line").inner_text() != scale
    sight.locator("#level input[value=district]").check(force=True)
    assert sight.column("code") == rows_of(result, *CIRCLE, "district").index.tolist()
    tier = result.findings[result.findings["unit_type"].map(TIER_OF) == "community"]
    community = tuple(tier.iloc[0][["norm_id", "measure"]])
    sight.choose(*community)
    sight.locator("#level input[value=community]").check(force=True)
    rows = rows_of(result, *community, "community")
    shown = dict(zip(sight.column("code"), sight.column("status"), strict=True))
    types = result.area.units.set_index("unit_code")["unit_type"]
    assert list(shown) == types.index[types.map(TIER_OF) == "community"].sort_values().tolist()
    words = rows["status"].reindex(list(shown)).fillna("not_applicable")
    assert list(shown.values()) == [STATUSES[status][0] for status in words]
    assert sight.locator("path.unit").count() == len(shown) > 20


def test_sort_and_filter(sight, result):
    rows = rows_of(result, *RATIO, "street")
    sight.click("#table [data-sort=shortfall]")
    assert sight.locator("th[aria-sort=descending]").count() == 1
    gaps = rows["shortfall"].sort_values(ascending=False, na_position="last", kind="stable")
    shown = sight.column("code")
    assert [gaps[code] for code in shown if gaps[code] == gaps[code]] == gaps.dropna().tolist()
    missing = gaps.index[gaps.isna()].tolist()
    assert shown[len(shown) - len(missing) :] == missing  # what is unknown stands last
    sight.click("#table [data-sort=shortfall]")
    assert sight.column("code")[-len(missing) :] == missing
    sight.click("#statuses [data-status=short]")
    assert set(sight.column("status")) == {"未达标"}
    sight.click("#statuses [data-status=short]")
    name = result.area.units.set_index("unit_code").at[rows.index[3], "unit_name"]
    sight.fill("#filter", name)
    assert sight.column("code") == [rows.index[3]]
    assert sight.locator("#count").inner_text() == f"显示 1 行,共 {len(rows)} 行"
    faint = [
        p for p in sight.locator("path.unit").all() if p.get_attribute("fill-opacity") != "0.92"
    ]
    assert len(faint) == len(rows) - 1  # the map shows what the table shows
    sight.fill("#filter", rows.index[0])
    assert sight.column("code") == [rows.index[0]]


def test_click_a_unit_on_the_map_and_in_the_table(sight, result):
    rows = rows_of(result, *RATIO, "street")
    code = rows.index[2]
    at = data_in_units(sight).index(code)
    for name in ("names", "facilities"):
        sight.locator(f"[data-layer={name}]").uncheck()
    sight.locator(f"path.unit[data-unit='{at}']").click()
    assert sight.locator(f"tr[data-unit='{at}']").get_attribute("aria-selected") == "true"
    assert sight.locator("#details-title").inner_text() == rows.at[code, "unit_name"]
    mine = result.findings[result.findings["unit_code"] == code]
    assert sight.locator("#findings > details").count() == len(mine.groupby(["norm_id", "measure"]))
    first = sight.locator("#findings > details").first.inner_text()
    norm = next(n for n in result.norms.norms if n.id == RATIO[0])
    assert norm.source.title in first
    assert norm.source.clause in first
    assert f"{rows.at[code, 'required']:,.0f}" in first
    assert translate(rows.at[code, "method"], "zh") in first
    for note in filter(None, [rows.at[code, "note"]]):
        assert translate(note, "zh") in first
    other = rows.index[0]
    sight.locator(f"tr[data-unit='{data_in_units(sight).index(other)}']").click()
    assert sight.locator("#details-title").inner_text() == rows.at[other, "unit_name"]
    pressed = sight.locator("path.unit[aria-pressed=true]")
    assert pressed.get_attribute("data-unit") == str(data_in_units(sight).index(other))
    sight.check("#only-short")
    short = result.findings.query("unit_code == @other and status == 'short'")
    listed = sight.locator("#findings > details").count()
    assert listed == len(short.groupby(["norm_id", "measure"])) > 1
    sight.locator("#findings > details").nth(1).locator("summary").click()
    sight.locator("#findings > details").nth(1).get_by_text("在图上显示").click()
    assert sight.locator("#card h2").inner_text() != "[1] 每千人口托位数 · 托位"


def test_by_keyboard_alone(sight, result):
    rows = rows_of(result, *RATIO, "street")
    sight.focus("#norm")
    seen = []
    for _ in range(60):
        sight.keyboard.press("Tab")
        where = sight.evaluate(
            "document.activeElement.id || document.activeElement.className.baseVal || document.activeElement.tagName"
        )
        seen.append(where)
        if where == "TR":
            break
    assert "map" in seen
    assert any(where.startswith("unit") for where in seen)
    assert {"filter", "csv"} <= set(seen)
    assert seen[-1] == "TR"
    assert len([where for where in seen if where.startswith("unit")]) == 1  # one stop for the map
    sight.keyboard.press("ArrowDown")
    sight.keyboard.press("ArrowDown")
    sight.keyboard.press("Enter")
    assert sight.locator("#details-title").inner_text() == rows.iloc[2]["unit_name"]
    assert sight.evaluate("document.activeElement.id") == "details-title"
    sight.keyboard.press("Escape")
    assert sight.locator("#details").is_hidden()
    assert sight.evaluate("document.activeElement.tagName") == "TR"
    sight.keyboard.press("End")
    sight.keyboard.press("Enter")
    assert sight.locator("#details-title").inner_text() == rows.iloc[-1]["unit_name"]
    sight.keyboard.press("Escape")
    sight.focus("path.unit[tabindex='0']")
    start = sight.evaluate("document.activeElement.dataset.unit")
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"):
        sight.keyboard.press(key)
    sight.keyboard.press("ArrowRight")
    moved = sight.evaluate("document.activeElement.dataset.unit")
    assert moved != start
    sight.keyboard.press("Enter")
    name = sight.locator("#details-title").inner_text()
    assert (
        name
        == result.area.units.set_index("unit_code").at[
            data_in_units(sight)[int(moved)], "unit_name"
        ]
    )
    sight.focus("#level input:checked")
    sight.keyboard.press("ArrowRight")
    assert sight.locator("#level input:checked").get_attribute("value") != "street"


def test_every_control_has_a_name(sight):
    nameless = sight.evaluate(
        """[...document.querySelectorAll("button, input, select, a, [role=button]")].filter((node) => {
          const label = node.labels && node.labels.length ? node.labels[0].textContent : "";
          return !(node.getAttribute("aria-label") || label || node.textContent).trim();
        }).map((node) => node.outerHTML)"""
    )
    assert nameless == []
    assert sight.locator("html").get_attribute("lang") == "zh-Hans"


def test_download_the_rows(sight, result, tmp_path):
    rows = rows_of(result, *RATIO, "street")
    sight.click("#statuses [data-status=short]")
    path = sight.saved("#csv", tmp_path)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(path, dtype={"unit_code": str, "parent_code": str}, keep_default_na=False)
    assert tuple(back.columns) == COLUMNS
    totals = back[back["unit_code"] == result.area.code]
    assert totals["rollup"].tolist() == ["sum_of_units", "net"]
    short = rows[rows["status"] == "short"]
    shown = back[back["unit_code"] != result.area.code].reset_index(drop=True)
    assert shown["unit_code"].tolist() == short.index.tolist()
    exact = short.reset_index()[list(COLUMNS)]
    for name in COLUMNS:
        if name in (*NUMBERS, "standard"):
            numbers = pd.to_numeric(shown[name])
            assert numbers.equals(exact[name].astype("float64")) or (
                (numbers.isna() == exact[name].isna()).all()
                and (numbers.dropna() == exact[name].dropna()).all()
            )
        else:
            assert shown[name].astype(str).tolist() == exact[name].astype(str).tolist(), name
    sight.locator("#table tbody.units tr").first.click()
    whole = pd.read_csv(sight.saved("#csv-unit", tmp_path), dtype={"unit_code": str})
    assert len(whole) == (result.findings["unit_code"] == short.index[0]).sum()


def test_the_other_language(sight, result):
    sight.locator("#table tbody.units tr").first.click()
    sight.click("#language")
    assert sight.locator("html").get_attribute("lang") == "en"
    assert "Facility shortfalls" in sight.locator("h1").inner_text()
    assert set(sight.column("status")) <= {english for _, english in STATUSES.values()}
    card = sight.locator("#card").inner_text()
    assert "rounding: up, at the reported unit" in card
    shown = " ".join(
        sight.texts("label, legend, button, th, #legend, #hint, #count, footer > span")
    )
    names = "".join(result.area.units["unit_name"])
    assert {c for c in shown if "\u4e00" <= c <= "\u9fff"} <= {*names, *"中文"}
    sight.click("#language")
    assert "设施缺口图" in sight.locator("h1").inner_text()


def test_on_a_phone(browser, written):
    sight = Sight(browser, written, width=390, height=844, phone=True)
    wide = sight.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    sight.locator("#table tbody.units tr").nth(1).tap()
    assert sight.locator("#details").is_visible()
    box = sight.locator("#details-title").bounding_box()
    assert 0 <= box["y"] < 844
    small = sight.evaluate(
        """[...document.querySelectorAll("button.action, button.chip, select, #close")]
           .filter((n) => n.offsetParent).map((n) => n.getBoundingClientRect())
           .filter((b) => b.height < 30 || b.right > 391).length"""
    )
    assert small == 0
    sight.choose(*CIRCLE)
    assert sight.evaluate("document.documentElement.scrollWidth") <= 390
    sight.quiet()
    sight.context.close()


def test_a_district_without_a_boundary_is_drawn_as_its_streets(browser, result, tmp_path):
    units = result.area.units.copy()
    units.loc[units["unit_type"] == "district", "geometry"] = None
    area = dataclasses.replace(result.area, units=units)
    sight = Sight(browser, write_page(dataclasses.replace(result, area=area), tmp_path / "x.html"))
    sight.locator("#level input[value=district]").check(force=True)
    (path,) = sight.locator("path.unit").all()
    streets = units["unit_type"].isin(["street", "township"]).sum()
    assert path.get_attribute("d").lower().count("m") == streets
    assert sight.locator("#map-notice").is_hidden()
    sight.quiet()
    sight.context.close()


def test_hostile_names_in_the_browser(browser, result, tmp_path):
    names, changed = hostile.named(result)
    area = changed.area
    facilities = area.facilities.assign(name=NASTY)
    changed = dataclasses.replace(
        changed, area=dataclasses.replace(area, name=NASTY, facilities=facilities)
    )
    sight = Sight(browser, write_page(changed, tmp_path / "x.html"))
    codes = sorted(names)
    assert sight.page.eval_on_selector_all(
        "#table tbody.units td.col-name", "cells => cells.map((cell) => cell.textContent)"
    ) == [clean(names[code]) for code in codes]
    assert sight.page.locator("h1").text_content().startswith(NASTY)
    assert sight.locator("img").count() == 0
    sight.locator("#table tbody.units tr").nth(1).click()
    assert sight.page.locator("#details-title").text_content() == clean(names[codes[1]])
    sight.locator("path.facility").first.hover(force=True)
    sight.locator(".leaflet-tooltip", has_text="onerror").wait_for()
    path = sight.saved("#csv", tmp_path)
    assert path.parent == tmp_path
    back = pd.read_csv(path, dtype=str, keep_default_na=False).set_index("unit_code")
    guarded = guard_csv(pd.DataFrame({"name": [clean(names[code]) for code in codes]}))
    assert back.loc[codes, "unit_name"].tolist() == guarded["name"].tolist()
    sight.quiet()
    sight.context.close()


def test_every_norm_can_be_drawn_in_both_languages(sight):
    count = sight.evaluate("JSON.parse(document.getElementById('data').textContent).groups.length")
    assert count > 50
    drawn = sight.evaluate(
        """() => {
          const data = JSON.parse(document.getElementById("data").textContent);
          const norm = document.getElementById("norm"), service = document.getElementById("service");
          let n = 0;
          for (let round = 0; round < 2; round += 1) {
            data.groups.forEach((group, at) => {
              if (!group.measure) return;
              service.value = group.service;
              service.dispatchEvent(new Event("change"));
              norm.value = String(at);
              norm.dispatchEvent(new Event("change"));
              n += 1;
              if (round || at % 3) return;
              document.querySelectorAll("#level input:enabled").forEach((one) => one.click());
              document.querySelectorAll("#colour input:enabled").forEach((one) => one.click());
              const fills = [...document.querySelectorAll("path.unit")].map((p) => p.getAttribute("fill"));
              if (fills.some((fill) => !fill || fill === "undefined")) throw new Error(group.norm_id);
            });
            document.getElementById("language").click();
          }
          return n;
        }"""
    )
    assert drawn >= 2 * (count - 60)
