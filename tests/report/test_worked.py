"""The worked example of every norm, in both languages, with the numbers of the norm."""

import re

import pytest

from capacity.norms import load_catalogue
from capacity.norms.model import KINDS
from capacity.report.worked import worked_line, worked_line_zh

NORMS = load_catalogue().norms


@pytest.mark.parametrize("kind", KINDS)
def test_every_norm_is_worked_out_in_both_languages(kind):
    some = [norm for norm in NORMS if norm.kind == kind]
    assert some
    for norm in some:
        english, chinese = worked_line(norm), worked_line_zh(norm)
        if kind == "baseline":
            assert english == chinese == ""
            continue
        numbers = [
            re.findall(r"\d[\d,.]*", re.sub(r"m2|0[—-]14|[036][—-][36]|60", "", text))
            for text in (english, chinese)
        ]
        assert numbers[0] == numbers[1], norm.id
        assert f"{norm.value.normalize():,f}" in chinese
        assert not re.search(r"[A-Za-z]{2,}", chinese)


def test_what_is_indivisible_is_rounded_up_as_in_a_finding():
    find = load_catalogue().find
    pitches = find("zhengzhou.sports.football_pitches_per_ten_thousand")
    assert worked_line(pitches).endswith("= 4.5, rounded up to 5 facilities")
    assert worked_line_zh(pitches).endswith("= 4.5,进位为5处设施")
    rooms = find("zhengzhou.plan2023.elder_care.floor_area_per_100_households")
    assert worked_line_zh(rooms).endswith("= 128㎡建筑面积,且每小区不少于200㎡")
