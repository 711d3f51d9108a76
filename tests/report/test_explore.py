"""The map to click on: it holds the findings, needs no internet, and shows names as text."""

import json
import re

import pytest

from capacity import MissingExtraError, NormError
from capacity.report import explore
from tests.report import hostile

PLACES = "zhengzhou.childcare.places_per_thousand"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"


def page_of(drawn, path):
    drawn.save(path)
    return path.read_text(encoding="utf-8")


def features(page):
    found = re.search(r"_add\((\{.*?\})\);\n", page, re.DOTALL)
    return {f["properties"]["code"]: f["properties"] for f in json.loads(found[1])["features"]}


def test_units_carry_their_findings(result, tmp_path):
    page = page_of(result.explore(PLACES), tmp_path / "map.html")
    shown = features(page)
    rows = result.findings.query("norm_id == @PLACES and measure == 'places' and rollup == 'unit'")
    assert set(shown) == set(rows["unit_code"])
    for row in rows.to_dict(orient="records"):
        unit = shown[row["unit_code"]]
        assert unit["单位"] == f"{row['unit_name']} {row['unit_code']}"
        if row["status"] == "short":
            assert unit["缺口"].lstrip("≤") == f"{row['shortfall']:,.0f} 个"
        elif row["status"] == "no_data":
            assert (unit["结论"], unit["缺口"]) == ("缺数据", "…")
    assert shown["410199006"]["缺口"] == "≤17 个"
    assert "郑政〔2022〕33号" in page


def test_nothing_is_loaded_from_the_internet(result, tmp_path):
    page = page_of(result.explore(CIRCLE, measure="under_3", language="en"), tmp_path / "map.html")
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", page) == []
    assert "@import" not in page
    assert "L.tileLayer(" not in page.split("</script>")[-2]
    assert "share in reach" in page
    assert all(
        u["share in reach"].endswith("%")
        for u in features(page).values()
        if u["result"].endswith("%")
    )


def test_names_are_text(result, tmp_path):
    _, changed = hostile.named(result)
    page = page_of(changed.explore(PLACES), tmp_path / "map.html")
    assert "<script>alert(1)" not in page
    names = {unit["单位"] for unit in features(page).values()}
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 410199002" in names
    assert not [name for name in names if re.search("[\x00-\x1f\u202e<>]", name)]


def test_maps_that_cannot_be_say_why(result, monkeypatch):
    with pytest.raises(NormError, match=r'has no figure "map" here\. Norms that have'):
        result.explore("zhengzhou.health.beds_per_thousand")
    monkeypatch.setattr(explore, "find_spec", lambda name: None if name == "folium" else name)
    with pytest.raises(
        MissingExtraError, match=r"(?s)result.explore needs .*extra explore.*pip install"
    ):
        result.explore(PLACES)
