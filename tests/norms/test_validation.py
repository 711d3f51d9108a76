"""Faulty norm files: each message as text, with file, row, key and norm."""

import pytest

from capacity.errors import NormError
from capacity.norms import load_catalogue, load_norms
from capacity.vocabulary import FACILITY_TYPES

HEAD = """\
document:
  id: newtown.plan
  city: newtown
  city_zh: 新城
  city_en: Newtown
  title: 新城规划
  short_title: 新城规划
  number: 新政1号
  date: 2026-01-01
norms:
"""
RATIO = """\
  - id: newtown.childcare.ratio
    service: childcare
    kind: ratio_per_population
    name_zh: 每千人口托位数
    name_en: Childcare places
    unit: places per 1000 persons
    comparator: ">="
    base: residents
    levels: [street]
    values:
      - value: "3.5"
        by: 2026-12-31
        date_basis: stated
        clause: 第一章
        key_phrase: 托位3.5个
"""
COUNT = """\
  - id: newtown.childcare.count
    service: childcare
    kind: minimum_count_per_unit
    name_zh: 每个街道机构
    name_en: Facilities per street
    unit: facilities per unit
    comparator: ">="
    base: none
    levels: [street]
    minimum_size: newtown.childcare.size
    values:
      - value: "1"
        by: 2026-12-31
        date_basis: stated
        clause: 第二章
        key_phrase: 至少1家
"""
SIZE = """\
  - id: newtown.childcare.size
    service: childcare
    kind: minimum_size
    name_zh: 最小规模
    name_en: Smallest size
    unit: places per facility
    comparator: ">="
    base: none
    levels: [street]
    values:
      - value: "45"
        by: 2026-12-31
        date_basis: stated
        clause: 第二章
        key_phrase: 45个托位
"""
CIRCLE = """\
  - id: newtown.childcare.circle
    service: childcare
    kind: coverage_radius
    name_zh: 服务圈
    name_en: Circle
    unit: m
    comparator: "<="
    base: residents
    levels: [street]
    measures: [population]
    values:
      - value: "250"
        effective_from: 2026-03-01
        date_basis: effective_from
        clause: 第三章
        key_phrase: 半径250米
"""
SHARE = """\
  - id: newtown.elder_care.share
    service: elder_care
    kind: coverage_share
    name_zh: 有日间照料中心的村
    name_en: Villages with day care
    unit: percent of units
    comparator: ">="
    base: counted
    levels: [village]
    supply: {amount: facilities, types: [rural_day_care]}
    of: {units: [village]}
    values:
      - value: "40"
        by: 2026-12-31
        date_basis: stated
        clause: 第四章
        key_phrase: 40%的村
"""
OBSERVED = """\
  - id: newtown.elder_care.share_2025
    service: elder_care
    kind: baseline
    name_zh: 有日间照料中心的村(2025年)
    name_en: Villages with day care, 2025
    unit: percent of units
    comparator: "="
    base: counted
    levels: [village]
    baseline_of: newtown.elder_care.share
    values:
      - value: "12"
        as_of: 2025-12-31
        clause: 第一章
        key_phrase: 12%
"""
SHIPPED = "zhengzhou-2022-public-services.yaml"


def line_of(norm_id):
    """Line of a shipped norm, which messages about a second one name."""
    return load_catalogue().find(norm_id).line


@pytest.fixture
def messages(tmp_path):
    """Write texts as own files, load them, and return every fault as a line of text."""

    def load(*texts, raw=False):
        paths = []
        for i, text in enumerate(texts):
            paths.append(tmp_path / f"own{i or ''}.yaml")
            paths[-1].write_bytes(text if raw else text.encode())
        with pytest.raises(NormError) as error:
            load_catalogue(paths)
        assert all(fault.severity == "error" for fault in error.value.faults)
        return [str(fault) for fault in error.value.faults]

    return load


def swap(text, old, new):
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_the_parts_load_as_they_stand(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(HEAD + RATIO + COUNT + SIZE + CIRCLE + SHARE + OBSERVED, encoding="utf-8")
    assert len(load_norms("Newtown", on="2026-03-01", extra=path).norms) == 4


IN_RATIO = {
    "unknown key": (
        "    base: residents\n",
        "    base: residents\n    level: [street]\n",
        (
            "own.yaml, row 19, column level, newtown.childcare.ratio: "
            'Unknown key "level". Did you mean "levels"? The keys here are: id, series, service, '
            "kind, role, profile, name_zh, name_en, unit, comparator, base, levels, shown_at, each, "
            "applies_to, condition, measures, supply, of, minimum_size, baseline_of, conflicts, "
            "note, values."
        ),
    ),
    "unknown key of a value": (
        "        clause: 第一章\n",
        "        clause: 第一章\n        page: 3\n",
        (
            "own.yaml, row 25, column page, newtown.childcare.ratio: "
            'Unknown key "page". The keys here are: id, value, value_max, comparator, by, '
            "effective_from, as_of, date_basis, clause, key_phrase, levels, conflicts, note, also."
        ),
    ),
    "duplicate key": (
        "    base: residents\n",
        "    base: residents\n    base: households\n",
        (
            'own.yaml, row 19, column base: The key "base" stands twice, first in line 18. '
            "Keep one of them."
        ),
    ),
    "missing key": (
        "    name_en: Childcare places\n",
        "",
        (
            "own.yaml, row 11, column name_en, newtown.childcare.ratio: "
            'The key "name_en" is missing. Write "name_en: ...".'
        ),
    ),
    "empty key": (
        "clause: 第一章",
        "clause:",
        (
            "own.yaml, row 24, column clause, newtown.childcare.ratio: "
            'The key "clause" has no value. Write "clause: ...".'
        ),
    ),
    "no source": (
        "        key_phrase: 托位3.5个\n",
        "",
        (
            "own.yaml, row 21, column key_phrase, newtown.childcare.ratio: "
            'The key "key_phrase" is missing. Write "key_phrase: ...".'
        ),
    ),
    "no levels": (
        "    levels: [street]\n",
        "",
        (
            "own.yaml, row 20, column levels, newtown.childcare.ratio: "
            'The key "levels" is missing. Write which units it asks for, of: city, district, street, '
            "township, community, village."
        ),
    ),
    "levels empty": (
        "levels: [street]",
        "levels: []",
        (
            "own.yaml, row 21, column levels, newtown.childcare.ratio: "
            'The key "levels" is missing. Write which units it asks for, of: city, district, '
            "street, township, community, village."
        ),
    ),
    "no date": (
        "        by: 2026-12-31\n        date_basis: stated\n",
        "        date_basis: effective_from\n",
        (
            "own.yaml, row 21, column by, newtown.childcare.ratio: The value has no date. "
            'Write "by: YYYY-MM-DD" (to be reached by) or "effective_from: YYYY-MM-DD".'
        ),
    ),
    "unknown service": (
        "service: childcare",
        "service: chidcare",
        (
            "own.yaml, row 12, column service, newtown.childcare.ratio: "
            'Unknown word "chidcare". Did you mean "childcare"? The words known here are: childcare, '
            "elder_care, education, lifelong_education, health, sports, culture, broadcasting, "
            "employment, convenience, social_work, child_welfare, disability, veterans, funeral, "
            "emergency, housing, population."
        ),
    ),
    "unknown level": (
        "levels: [street]",
        "levels: [street, towship]",
        (
            "own.yaml, row 19, column levels, newtown.childcare.ratio: "
            'Unknown word "towship". Did you mean "township"? The words known here are: city, '
            "district, street, township, community, village."
        ),
    ),
    "level twice": (
        "levels: [street]",
        "levels: [street, street]",
        (
            "own.yaml, row 19, column levels, newtown.childcare.ratio: "
            '"street" stands 2 times. Write it once.'
        ),
    ),
    "level also shown": (
        "levels: [street]",
        "levels: [street]\n    shown_at: [street]",
        (
            "own.yaml, row 22, column shown_at, newtown.childcare.ratio: "
            "street is among the levels and in shown_at. "
            "Keep it in levels if the document asks for it there, else in shown_at."
        ),
    ),
    "levels no list": (
        "levels: [street]",
        "levels: street",
        (
            "own.yaml, row 19, column levels, newtown.childcare.ratio: "
            '"levels" is not a list of words. Write "levels: [street]".'
        ),
    ),
    "text a list": (
        "clause: 第一章",
        "clause: [第一章]",
        (
            "own.yaml, row 24, column clause, newtown.childcare.ratio: "
            '"clause" is a list or a mapping. Write one text.'
        ),
    ),
    "year only": (
        "by: 2026-12-31",
        "by: 2026",
        (
            'own.yaml, row 22, column by, newtown.childcare.ratio: "2026" is not a date. '
            "For the end of that year write 2026-12-31."
        ),
    ),
    "no such day": (
        "by: 2026-12-31",
        "by: 2026-02-30",
        (
            'own.yaml, row 22, column by, newtown.childcare.ratio: "2026-02-30" is not a date. '
            "Write YYYY-MM-DD."
        ),
    ),
    "before the document": (
        "by: 2026-12-31",
        "by: 2025-12-31",
        (
            "own.yaml, row 22, column by, newtown.childcare.ratio: "
            "The date 2025-12-31 lies before the document's own date 2026-01-01. Check both dates; "
            "if the clause says so, write date_basis: stated_past."
        ),
    ),
    "reached before in force": (
        "by: 2026-12-31",
        "by: 2026-12-31\n        effective_from: 2027-01-01",
        (
            "own.yaml, row 22, column by, newtown.childcare.ratio: "
            "To be reached by 2026-12-31, but in force only from 2027-01-01. Check both dates."
        ),
    ),
    "basis without by": (
        "by: 2026-12-31",
        "effective_from: 2026-12-31",
        (
            "own.yaml, row 23, column date_basis, newtown.childcare.ratio: "
            'The date basis is "stated", but the value has no "by". Values without "by" have the '
            'basis "effective_from", values with it any other.'
        ),
    ),
    "basis with by": (
        "date_basis: stated",
        "date_basis: effective_from",
        (
            "own.yaml, row 23, column date_basis, newtown.childcare.ratio: "
            'The date basis is "effective_from", but the value has "by". Values without "by" have the '
            'basis "effective_from", values with it any other.'
        ),
    ),
    "zero": (
        'value: "3.5"',
        "value: 0",
        (
            "own.yaml, row 21, column value, newtown.childcare.ratio: "
            "The value 0 is not above zero. Check the clause."
        ),
    ),
    "negative": (
        'value: "3.5"',
        "value: -3.5",
        (
            "own.yaml, row 21, column value, newtown.childcare.ratio: "
            "The value -3.5 is not above zero. Check the clause."
        ),
    ),
    "not a number": (
        'value: "3.5"',
        "value: 3.5个",
        (
            'own.yaml, row 21, column value, newtown.childcare.ratio: "3.5个" is not a number. '
            "Write plain digits, such as 6 or 0.2; the unit belongs in unit."
        ),
    ),
    "infinite": (
        'value: "3.5"',
        "value: .inf",
        (
            'own.yaml, row 21, column value, newtown.childcare.ratio: ".inf" is not a number. '
            "Write plain digits, such as 6 or 0.2; the unit belongs in unit."
        ),
    ),
    "unit of another kind": (
        "unit: places per 1000 persons",
        "unit: minutes",
        (
            "own.yaml, row 16, column unit, newtown.childcare.ratio: "
            'The unit "minutes" does not go with the kind "ratio_per_population". '
            'With this kind write "places per 1000 persons" or "beds per 1000 persons" or "persons '
            'per 1000 persons" or "persons per 10000 persons" or "facilities per 10000 persons".'
        ),
    ),
    "base of another kind": (
        "base: residents",
        "base: households",
        (
            "own.yaml, row 18, column base, newtown.childcare.ratio: "
            'The base "households" does not go with the kind "ratio_per_population". '
            'With this kind write "residents" or "planned_population".'
        ),
    ),
    "comparator of another kind": (
        'comparator: ">="',
        'comparator: "<="',
        (
            "own.yaml, row 17, column comparator, newtown.childcare.ratio: "
            'The comparator "<=" does not go with the kind "ratio_per_population". '
            'With this kind write ">=" or ">".'
        ),
    ),
    "measures of another kind": (
        "    levels: [street]\n",
        "    levels: [street]\n    measures: [under_3]\n",
        (
            "own.yaml, row 20, column measures, newtown.childcare.ratio: "
            '"measures" does not go with the kind "ratio_per_population". '
            "Remove it; only coverage kinds have it."
        ),
    ),
    "size of another kind": (
        "    levels: [street]\n",
        "    levels: [street]\n    minimum_size: zhengzhou.childcare.facility_per_street_min_places\n",
        (
            "own.yaml, row 20, column minimum_size, newtown.childcare.ratio: "
            '"minimum_size" does not go with the kind "ratio_per_population". Remove it.'
        ),
    ),
    "compounds with another unit": (
        "    levels: [street]\n",
        "    levels: [street]\n    applies_to: old_compounds\n",
        (
            "own.yaml, row 20, column applies_to, newtown.childcare.ratio: "
            '"old_compounds" does not go with the unit "places per 1000 persons". '
            "Only norms per compound or per household apply to compounds."
        ),
    ),
    "id of another city": (
        "id: newtown.childcare.ratio",
        "id: oldtown.childcare.ratio",
        (
            "own.yaml, row 11, column id, oldtown.childcare.ratio: "
            'The id "oldtown.childcare.ratio" does not begin with its city. '
            'Write "newtown.oldtown.childcare.ratio".'
        ),
    ),
    "id no id": (
        "id: newtown.childcare.ratio",
        "id: newtown.托育",
        (
            'own.yaml, row 11, column id: "newtown.托育" cannot be an id. '
            "Use small letters, digits and _, parts joined by dots."
        ),
    ),
    "id of the shipped catalogue": (
        '      - value: "3.5"\n',
        (
            '      - value: "3.5"\n        also: [{id: zhengzhou.sports.fitness_circle_minutes, '
            "document: newtown.plan, clause: 二, key_phrase: 三}]\n"
        ),
        (
            "own.yaml, row 22, column id, zhengzhou.sports.fitness_circle_minutes: The id is already "
            f"taken in {SHIPPED}, row {line_of('zhengzhou.sports.fitness_circle_minutes')}. "
            "Nothing is replaced: choose another id, or remove one of the two."
        ),
    ),
    "unknown document": (
        '      - value: "3.5"\n',
        (
            '      - value: "3.5"\n        also: [{id: newtown.b, document: newtown.plam, clause: 二, '
            "key_phrase: 三}]\n"
        ),
        (
            "own.yaml, row 22, column document, newtown.childcare.ratio: "
            'Unknown word "newtown.plam". Did you mean "newtown.plan"? The words known here are: '
            "chengdu.article2019, xinyang.plan2024, zhengzhou.press2022, zhengzhou.plan2022, "
            "zhengzhou.plan2023, newtown.plan."
        ),
    ),
    "alias without clause": (
        '      - value: "3.5"\n',
        (
            '      - value: "3.5"\n        also: [{id: newtown.b, document: newtown.plan, '
            "key_phrase: 三}]\n"
        ),
        (
            "own.yaml, row 22, column clause, newtown.childcare.ratio: "
            'The key "clause" is missing. Write "clause: ...".'
        ),
    ),
    "anchor": (
        "clause: 第一章",
        "clause: &c 第一章",
        (
            "own.yaml, row 24: Anchors (&) and aliases (*) are not read. "
            "Write the text out, in quotes if it begins with & or *."
        ),
    ),
    "alias": (
        "clause: 第一章",
        "clause: *c",
        (
            "own.yaml, row 24: Anchors (&) and aliases (*) are not read. "
            "Write the text out, in quotes if it begins with & or *."
        ),
    ),
    "tag": (
        "clause: 第一章",
        "clause: !!python/object/apply:os.getcwd []",
        (
            'own.yaml, row 24: Tags such as "tag:yaml.org,2002:python/object/apply:os.getcwd" are not '
            "read. Write plain text, numbers and dates; put text that begins with ! in quotes."
        ),
    ),
    "not YAML": (
        "    name_zh: 每千人口托位数\n",
        "    name_zh: 每千人口托位数: 城市\n",
        (
            "own.yaml, row 14: Not YAML: mapping values are not allowed in this context. "
            "Check this line and the one above: indentation, colons, quotes."
        ),
    ),
    "key a list": (
        "    base: residents\n",
        "    base: residents\n    ? [a]\n    : b\n",
        "own.yaml, row 19: A key is a list or a mapping. Write a plain word as the key.",
    ),
    "too deep": (
        "clause: 第一章",
        "clause: " + "[" * 20 + "]" * 20,
        (
            "own.yaml, row 24: Lists or mappings lie more than 12 deep. "
            "Compare with the template in docs/norms.md."
        ),
    ),
    "second document": (
        "        key_phrase: 托位3.5个\n",
        "        key_phrase: 托位3.5个\n---\na: b\n",
        (
            "own.yaml, row 26: A second YAML document begins here. "
            "Put each source document in a file of its own."
        ),
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), IN_RATIO.values(), ids=IN_RATIO)
def test_one_fault_in_a_ratio(messages, old, new, message):
    assert messages(HEAD + swap(RATIO, old, new)) == [message]


AT = "own.yaml, row {}, column {}, newtown.elder_care.share: "
IN_SHARE = {
    "unknown role": (
        "    base: counted\n",
        "    base: counted\n    role: computed\n",
        AT.format(19, "role") + 'Unknown word "computed". Did you mean "compute"? '
        "The words known here are: compute, tabulate, baseline, context.",
    ),
    "role of an observed value": (
        "    base: counted\n",
        "    base: counted\n    role: baseline\n",
        AT.format(19, "role") + 'The role "baseline" does not go with the kind "coverage_share". '
        "Observed values have the kind and the role baseline, requirements neither.",
    ),
    "unknown profile": (
        "    base: counted\n",
        "    base: counted\n    profile: press\n",
        AT.format(19, "profile") + 'Unknown word "press". '
        "The words known here are: default, optional.",
    ),
    "unknown conflict": (
        "    base: counted\n",
        "    base: counted\n    conflicts: [C1]\n",
        AT.format(19, "conflicts") + 'Unknown word "C1". Did you mean "C21"? The words known here '
        "are: C01, C02, C03, C04, C05, C06, C07, C08, C09, C10, C11, C12, C13, C14, C15, C16, C17, "
        "C18, C19, C20, C21, C22.",
    ),
    "unknown test": (
        "    base: counted\n",
        "    base: counted\n    each: house\n",
        AT.format(19, "each") + 'Unknown word "house". '
        "The words known here are: unit, facility, compound.",
    ),
    "condition of units": (
        "    base: counted\n",
        "    base: counted\n    condition: new_development\n",
        AT.format(19, "condition") + '"condition" speaks of facilities, but the norm is not tested '
        'on each. Write "each: facility", or remove it.',
    ),
    "compounds that are not tested": (
        "    base: counted\n",
        "    base: counted\n    applies_to: new_compounds\n    each: unit\n",
        AT.format(20, "each") + '"new_compounds" speaks of compounds, but the norm is not tested '
        'on each. Write "each: compound", or leave it out.',
    ),
    "baseline_of a requirement": (
        "    base: counted\n",
        "    base: counted\n    baseline_of: newtown.elder_care.share\n",
        AT.format(19, "baseline_of") + '"baseline_of" does not go with the kind "coverage_share". '
        "Remove it; only observed values have it.",
    ),
    "as_of a requirement": (
        "        by: 2026-12-31\n",
        "        by: 2026-12-31\n        as_of: 2026-12-31\n",
        AT.format(25, "as_of") + '"as_of" does not go with the kind "coverage_share". '
        "Requirements have by or effective_from, observed values as_of.",
    ),
    "basis of an observed value": (
        "date_basis: stated",
        "date_basis: as_of",
        AT.format(25, "date_basis") + 'The date basis "as_of" does not go with the kind '
        '"coverage_share". Only observed values have it.',
    ),
    "past that is not past": (
        "date_basis: stated",
        "date_basis: stated_past",
        AT.format(25, "date_basis") + "The date 2026-12-31 had not passed on the document's date "
        "2026-01-01. Write date_basis: stated.",
    ),
    "more than all": (
        'value: "40"',
        'value: "140"',
        AT.format(23, "value") + 'The value 140 is above 100, the most that "percent of units" can '
        "be. Check the value and the unit.",
    ),
    "range of another kind": (
        '      - value: "40"\n',
        '      - value: "40"\n        value_max: "50"\n',
        AT.format(24, "value_max") + '"value_max" does not go with the kind "coverage_share". '
        "Remove it.",
    ),
    "supply missing": (
        "    supply: {amount: facilities, types: [rural_day_care]}\n",
        "",
        AT.format(11, "supply") + 'The unit "percent of units" does not say what is counted. '
        'Write "supply: {figure: ...}" or "supply: {amount: ...}".',
    ),
    "of missing": (
        "    of: {units: [village]}\n",
        "",
        AT.format(11, "of") + 'The base is "counted", but nothing says what is counted. '
        'Write "of: {amount: ...}" or the like.',
    ),
    "of with another base": (
        "base: counted",
        "base: residents",
        AT.format(21, "of") + '"of" does not go with the base "residents". '
        'Write "base: counted", or remove "of".',
    ),
    "supply a word": (
        "    supply: {amount: facilities, types: [rural_day_care]}\n",
        "    supply: doctors\n",
        AT.format(20, "supply") + '"supply" has no keys. '
        "Indent its keys below, each with its value.",
    ),
    "supply twice": (
        "{amount: facilities, types: [rural_day_care]}",
        "{amount: facilities, figure: elder_platforms}",
        AT.format(20, "supply") + '"supply" says amount and figure. '
        "Write one of amount (from the lists), figure (supplied), units (their number).",
    ),
    "supply says nothing": (
        "{units: [village]}",
        "{within: main_urban}",
        AT.format(21, "of") + '"of" does not say what is counted. '
        "Write one of amount (from the lists), figure (supplied), units (their number).",
    ),
    "supply in units": (
        "{amount: facilities, types: [rural_day_care]}",
        "{units: [village]}",
        AT.format(20, "supply") + '"supply" counts units. Units can be counted only in of.',
    ),
    "types of a figure": (
        "{amount: facilities, types: [rural_day_care]}",
        "{figure: elder_platforms, types: [rural_day_care]}",
        AT.format(20, "supply") + '"supply" picks facilities but counts none. '
        'Write "amount: facilities" or the like.',
    ),
    "type of another service": (
        "types: [rural_day_care]",
        "types: [farm_bookroom]",
        AT.format(20, "supply") + 'The facility type "farm_bookroom" is of "culture", the norm of '
        '"elder_care". Check the type and the service.',
    ),
    "type of another service at a level": (
        "types: [rural_day_care]",
        "types_at: {village: [farm_bookroom]}",
        AT.format(20, "supply") + 'The facility type "farm_bookroom" is of "culture", the norm of '
        '"elder_care". Check the type and the service.',
    ),
    "unknown level of a type": (
        "types: [rural_day_care]",
        "types_at: {hamlet: [rural_day_care]}",
        AT.format(20, "hamlet") + 'Unknown key "hamlet". The keys here are: city, district, '
        "street, township, community, village.",
    ),
    "unknown type": (
        "types: [rural_day_care]",
        "types: [rural_daycare]",
        AT.format(20, "types") + 'Unknown word "rural_daycare". Did you mean "rural_day_care"? '
        f"There are {len(FACILITY_TYPES)} words known here: see docs/norms.md and docs/norms-catalogue.md.",
    ),
    "unknown key of a count": (
        "amount: facilities, types",
        "amount: facilities, type",
        AT.format(20, "type") + 'Unknown key "type". Did you mean "types"? The keys here are: '
        "amount, figure, units, types, types_at, operators, inclusive, within.",
    ),
    "inclusive yes": (
        "types: [rural_day_care]",
        "inclusive: yes",
        AT.format(20, "inclusive") + '"yes" is neither true nor false. Write true.',
    ),
    "counted in something else": (
        "{amount: facilities, types: [rural_day_care]}",
        "{figure: destitute_willing}",
        AT.format(20, "supply") + 'The unit "percent of units" counts facilities or items or '
        'units, but "supply" counts persons. Check the unit and what is counted.',
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), IN_SHARE.values(), ids=IN_SHARE)
def test_one_fault_in_a_share(messages, old, new, message):
    assert messages(HEAD + swap(SHARE, old, new)) == [message]


def test_land_and_floor_area_are_never_mixed(messages):
    text = RATIO.replace("ratio_per_population", "area_per_capita")
    text = text.replace("places per 1000 persons", "m2 land per person")
    text = text.replace("    values:", "    supply: {amount: floor_area_m2}\n    values:")
    assert messages(HEAD + text) == [
        (
            "own.yaml, row 20, column supply, newtown.childcare.ratio: The unit "
            '"m2 land per person" counts m2 land, but "supply" counts m2 floor area. '
            "Check the unit and what is counted."
        )
    ]


IN_OBSERVED = {
    "no day": (
        "        as_of: 2025-12-31\n",
        "",
        (
            'column as_of, newtown.elder_care.share_2025: The key "as_of" is missing. '
            'Write "as_of: ...".'
        ),
    ),
    "by": (
        "as_of: 2025-12-31",
        "as_of: 2025-12-31\n        by: 2026-12-31",
        (
            'column by, newtown.elder_care.share_2025: "by" does not go with the kind "baseline". '
            "Write the day of the observed value in as_of."
        ),
    ),
    "basis": (
        "as_of: 2025-12-31",
        "as_of: 2025-12-31\n        date_basis: stated",
        (
            'column date_basis, newtown.elder_care.share_2025: The date basis "stated" does not go '
            'with the kind "baseline". Remove it, or write as_of.'
        ),
    ),
    "starts nothing": (
        "baseline_of: newtown.elder_care.share",
        "baseline_of: newtown.elder_care.shares",
        (
            'column baseline_of, newtown.elder_care.share_2025: "baseline_of" points at '
            '"newtown.elder_care.shares", which no file has. '
            'Did you mean "newtown.elder_care.share"?'
        ),
    ),
    "starts itself": (
        "baseline_of: newtown.elder_care.share",
        "baseline_of: newtown.elder_care.share_2025",
        (
            'column baseline_of, newtown.elder_care.share_2025: "baseline_of" points at '
            '"newtown.elder_care.share_2025", which is an observed value too. '
            'Did you mean "newtown.elder_care.share"?'
        ),
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), IN_OBSERVED.values(), ids=IN_OBSERVED)
def test_one_fault_in_an_observed_value(messages, old, new, message):
    found = messages(HEAD + SHARE + swap(OBSERVED, old, new))
    assert [text.partition(", ")[2].partition(", ")[2] for text in found] == [message]


def test_a_range_that_does_not_rise(messages):
    text = swap(RATIO, 'value: "3.5"', 'value: "3.5"\n        value_max: "3.5"')
    assert messages(HEAD + text) == [
        (
            "own.yaml, row 22, column value_max, newtown.childcare.ratio: The range begins at 3.5 "
            "and ends at 3.5. Write the larger one in value_max."
        )
    ]


LATER = (
    RATIO.replace("childcare.ratio", "childcare.later")
    .replace("2026-12-31", "2027-12-31")
    .replace("    service:", "    series: newtown.childcare.ratio\n    service:")
)
SERIES = {
    "nothing": (
        LATER.replace("series: newtown.childcare.ratio", "series: newtown.childcare.rati"),
        (
            '"series" points at "newtown.childcare.rati", which no file has. '
            'Did you mean "newtown.childcare.ratio"?'
        ),
    ),
    "another unit": (
        LATER.replace("places per 1000 persons", "beds per 1000 persons"),
        (
            '"series" points at "newtown.childcare.ratio", whose unit is "places per 1000 persons". '
            'Stages have one unit; here it is "beds per 1000 persons".'
        ),
    ),
    "the same date": (
        LATER.replace("2027-12-31", "2026-12-31"),
        (
            '"series" points at "newtown.childcare.ratio", which has a value of the date 2026-12-31. '
            "Keep one, or correct a date."
        ),
    ),
}


@pytest.mark.parametrize(("later", "message"), SERIES.values(), ids=SERIES)
def test_a_stage_that_cannot_be_one(messages, later, message):
    assert messages(HEAD + RATIO + later) == [
        f"own.yaml, row 27, column series, newtown.childcare.later: {message}"
    ]


def test_a_stage_of_a_stage(messages):
    third = LATER.replace("childcare.later", "childcare.third").replace("2027", "2028")
    third = third.replace("series: newtown.childcare.ratio", "series: newtown.childcare.later")
    assert messages(HEAD + RATIO + LATER + third) == [
        (
            "own.yaml, row 43, column series, newtown.childcare.third: "
            '"series" points at "newtown.childcare.later", which is itself a stage of '
            '"newtown.childcare.ratio". Write "series: newtown.childcare.ratio".'
        )
    ]


def test_stages_of_two_entries_are_one_series(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(HEAD + RATIO + LATER, encoding="utf-8")
    chosen = load_norms("newtown", on="2026-12-31", extra=path).norms
    assert [(norm.id, norm.stage) for norm in chosen] == [
        ("newtown.childcare.later", "next"),
        ("newtown.childcare.ratio", "due"),
    ]


IN_HEAD = {
    "missing": (
        "  title: 新城规划\n",
        "",
        'own.yaml, row 2, column title, document: The key "title" is missing. Write "title: ...".',
    ),
    "unknown": (
        "  number:",
        "  numbr:",
        (
            'own.yaml, row 8, column numbr, document: Unknown key "numbr". Did you mean "number"? '
            "The keys here are: id, city, city_zh, city_en, title, short_title, number, date, date_note."
        ),
    ),
    "date": (
        "date: 2026-01-01",
        "date: 2026年1月1日",
        'own.yaml, row 9, column date, document: "2026年1月1日" is not a date. Write YYYY-MM-DD.',
    ),
    "id": (
        "id: newtown.plan",
        "id: plan",
        (
            'own.yaml, row 2, column id, document: The id "plan" does not begin with its city. '
            'Write "newtown.plan".'
        ),
    ),
    "norms empty": (
        "norms:\n",
        "norms: []\nnots:\n",
        (
            'own.yaml, row 11, column nots: Unknown key "nots". Did you mean "norms"? '
            "The keys here are: document, norms."
        ),
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), IN_HEAD.values(), ids=IN_HEAD)
def test_one_fault_in_the_head(messages, old, new, message):
    assert message in messages(swap(HEAD, old, new) + RATIO)


def test_a_file_without_its_two_parts(messages):
    assert messages("- a\n") == [
        'own.yaml, row 1, column document: The key "document" is missing. Write "document: ...".',
        'own.yaml, row 1, column norms: The key "norms" is missing. Write "norms: ...".',
    ]
    assert messages("document: plan\nnorms: []\n") == [
        (
            'own.yaml, row 1, column document: "document" has no keys. Indent its keys below: id, '
            "city, city_zh, city_en, title, short_title, number, date, date_note."
        ),
        'own.yaml, row 2, column norms: The key "norms" has no value. Write "norms: ...".',
    ]
    assert messages(HEAD.replace("norms:", "norms: [a]")) == [
        (
            'own.yaml, row 10, column norms: "norms" is not a list of entries. '
            "Begin each with a dash, its keys indented below."
        )
    ]


def test_an_empty_file_and_control_characters(messages):
    assert messages("# nothing yet\n") == [
        "own.yaml, row 1: The file is empty. Start from the template in docs/norms.md."
    ]
    assert messages(HEAD + "\x07") == [
        "own.yaml: Not YAML: it holds control characters. Save the file as plain text."
    ]


def test_a_file_in_another_encoding(messages):
    assert messages((HEAD + RATIO).encode("gb18030"), raw=True) == [
        "own.yaml, row 4: The text is not UTF-8. Save the file as UTF-8."
    ]


def test_a_file_that_is_not_there(tmp_path):
    path = tmp_path / "missing.yaml"
    with pytest.raises(NormError) as error:
        load_norms("zhengzhou", on="2025-12-31", extra=path)
    assert str(error.value) == (
        "The norm files have 1 fault:\n"
        f"- {path}: The file cannot be opened: No such file or directory. Check the path."
    )


def test_counts_are_whole(messages):
    assert messages(HEAD + swap(COUNT, 'value: "1"', 'value: "1.5"') + SIZE) == [
        (
            "own.yaml, row 22, column value, newtown.childcare.count: The value 1.5 is not whole, and "
            'the unit "facilities per unit" counts things. Check the value and the unit.'
        )
    ]


def test_a_whole_number_of_any_length_is_whole(tmp_path):
    path = tmp_path / "own.yaml"
    text = HEAD + COUNT + swap(SIZE, 'value: "45"', f'value: "{"9" * 60}"')
    path.write_text(text, encoding="utf-8")
    assert load_catalogue(path).find("newtown.childcare.size").value == 10**60 - 1


def test_coverage_needs_measures(messages):
    assert messages(HEAD + swap(CIRCLE, "    measures: [population]\n", "")) == [
        (
            "own.yaml, row 11, column measures, newtown.childcare.circle: The kind "
            '"coverage_radius" needs to know whose coverage is reported. '
            'Write "measures: [population]".'
        )
    ]


def test_a_radius_of_zero(messages):
    assert messages(HEAD + swap(CIRCLE, 'value: "250"', 'value: "0"')) == [
        (
            "own.yaml, row 22, column value, newtown.childcare.circle: "
            "The value 0 is not above zero. Check the clause."
        )
    ]


def test_two_values_with_one_date(messages):
    stage = RATIO[RATIO.index('      - value: "3.5"') :]
    second = stage.replace("- value", "- id: newtown.childcare.ratio_2\n        value")
    assert messages(HEAD + RATIO + second) == [
        (
            "own.yaml, row 26, column values, newtown.childcare.ratio: Two values have the date "
            "2026-12-31, the first in line 21. Keep one, or correct a date."
        )
    ]


def test_an_id_twice_in_a_file_and_across_files(messages):
    taken = (
        "column id, newtown.childcare.ratio: The id is already taken in own.yaml, row {}. "
        "Nothing is replaced: choose another id, or remove one of the two."
    )
    assert messages(HEAD + RATIO + RATIO) == [f"own.yaml, row 36, {taken.format(21)}"]
    other = swap(HEAD, "newtown.plan", "newtown.plan2")
    assert messages(HEAD + RATIO, other + RATIO) == [f"own1.yaml, row 21, {taken.format(21)}"]
    stage = RATIO[RATIO.index('      - value: "3.5"') :].replace("2026-12", "2027-12")
    assert messages(HEAD + RATIO + stage) == [f"own.yaml, row 26, {taken.format(21)}"]


def test_a_shipped_norm_is_not_replaced(messages):
    text = (HEAD + RATIO).replace("newtown", "zhengzhou").replace("新城", "郑州")
    text = text.replace("Newtown", "Zhengzhou")
    text = text.replace("zhengzhou.childcare.ratio", "zhengzhou.childcare.places_per_thousand")
    assert messages(text) == [
        (
            "own.yaml, row 21, column id, zhengzhou.childcare.places_per_thousand: The id is already "
            f"taken in {SHIPPED}, row {line_of('zhengzhou.childcare.places_per_thousand')}. "
            "Nothing is replaced: choose another id, or remove one of the two."
        )
    ]


def test_a_document_id_twice_and_a_city_with_two_names(messages):
    other = RATIO.replace("newtown.childcare.ratio", "newtown.childcare.other")
    assert messages(HEAD + RATIO, swap(HEAD, "Newtown", "New Town") + other) == [
        (
            "own1.yaml, row 2, column id, newtown.plan: The document id is already taken by own.yaml. "
            "Give each document its own id."
        ),
        (
            'own1.yaml, row 2, column city, newtown.plan: The city "newtown" is called 新城, Newtown '
            "in own.yaml. Use the same names."
        ),
    ]


def test_two_files_of_one_name(tmp_path):
    path = tmp_path / SHIPPED
    path.write_text(HEAD + RATIO, encoding="utf-8")
    with pytest.raises(NormError) as error:
        load_catalogue(path)
    assert [str(fault) for fault in error.value.faults] == [
        f"{SHIPPED}: Two norm files have this name. Rename yours, or name it once."
    ]


PLACE = (
    'own.yaml, row 20, column minimum_size, newtown.childcare.count: "minimum_size" points at '
    '"newtown.childcare.{}", '
)
SIZES = {
    "nothing": (
        COUNT.replace("childcare.size", "childcare.sise") + SIZE,
        PLACE.format("sise") + 'which no file has. Did you mean "newtown.childcare.size"?',
    ),
    "another kind": (
        RATIO.replace("childcare.ratio", "childcare.size"),
        PLACE.format("size") + 'which is of the kind "ratio_per_population". '
        'Point it at a norm of the kind "minimum_size".',
    ),
    "another unit": (
        SIZE.replace("places per facility", "m2 per compound"),
        PLACE.format("size") + 'whose unit is "m2 per compound". '
        'Point it at a norm in "places per facility" or "beds per facility".',
    ),
    "later": (
        SIZE.replace("by: 2026-12-31", "by: 2026-12-31\n        effective_from: 2026-06-01"),
        PLACE.format("size") + "which is in force only from 2026-06-01. "
        "Point it at one that is in force by 2026-01-01.",
    ),
}


@pytest.mark.parametrize(("norms", "message"), SIZES.values(), ids=SIZES)
def test_a_size_that_cannot_be_paired(messages, norms, message):
    text = norms if "childcare.count" in norms else COUNT + norms
    assert messages(HEAD + text) == [message]


def test_a_size_of_another_city(messages):
    size = "zhengzhou.childcare.facility_per_street_min_places"
    assert messages(HEAD + swap(COUNT, "newtown.childcare.size", size)) == [
        (
            "own.yaml, row 20, column minimum_size, newtown.childcare.count: "
            f'"minimum_size" points at "{size}", which is a norm of "zhengzhou". '
            "Point it at a norm of the same city."
        )
    ]


def test_a_faulty_size_is_told_once(messages):
    assert messages(HEAD + COUNT + swap(SIZE, 'value: "45"', 'value: "45.5"')) == [
        (
            "own.yaml, row 37, column value, newtown.childcare.size: The value 45.5 is not whole, and "
            'the unit "places per facility" counts things. Check the value and the unit.'
        )
    ]


def test_every_fault_of_every_file_comes_at_once(tmp_path):
    bad_ratio = RATIO.replace("service: childcare", "service: care").replace('"3.5"', '"-1"')
    (tmp_path / "a.yaml").write_text(HEAD + bad_ratio + COUNT, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("norms: [\n", encoding="utf-8")
    with pytest.raises(NormError) as error:
        load_catalogue([tmp_path / "b.yaml", tmp_path / "a.yaml", tmp_path / "c.yaml"])
    assert error.value.summary == "The norm files have 5 faults:"
    assert [(f.file.rpartition("/")[2], f.rows, f.code) for f in error.value.faults] == [
        ("c.yaml", (), "norms.no_file"),
        ("a.yaml", (12,), "norms.unknown_word"),
        ("a.yaml", (21,), "norms.bad_value"),
        ("a.yaml", (35,), "norms.bad_minimum_size"),
        ("b.yaml", (2,), "norms.not_yaml"),
    ]
    assert str(error.value).count("\n- ") == 5
