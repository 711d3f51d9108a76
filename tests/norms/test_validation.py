"""Faulty norm files: each message as text, with file, row, key and norm."""

import pytest

from capacity.errors import NormError
from capacity.norms import load_catalogue, load_norms

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
SHIPPED = "zhengzhou-2022-public-services.yaml"


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
    path.write_text(HEAD + RATIO + COUNT + SIZE + CIRCLE, encoding="utf-8")
    assert len(load_norms("Newtown", on="2026-03-01", extra=path).norms) == 3


IN_RATIO = {
    "unknown key": (
        "    base: residents\n",
        "    base: residents\n    level: [street]\n",
        (
            "own.yaml, row 19, column level, newtown.childcare.ratio: "
            'Unknown key "level". Did you mean "levels"? The keys here are: id, service, kind, '
            "name_zh, name_en, unit, comparator, base, levels, shown_at, applies_to, measures, "
            "minimum_size, note, values."
        ),
    ),
    "unknown key of a value": (
        "        clause: 第一章\n",
        "        clause: 第一章\n        page: 3\n",
        (
            "own.yaml, row 25, column page, newtown.childcare.ratio: "
            'Unknown key "page". The keys here are: id, value, by, effective_from, date_basis, clause, '
            "key_phrase, levels, note, also."
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
            "elder_care, sports."
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
            "The date 2025-12-31 lies before the document's own date 2026-01-01. Check both dates."
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
            'With this kind write "places per 1000 persons".'
        ),
    ),
    "base of another kind": (
        "base: residents",
        "base: households",
        (
            "own.yaml, row 18, column base, newtown.childcare.ratio: "
            'The base "households" does not go with the kind "ratio_per_population". '
            'With this kind write "residents".'
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
            f"taken in {SHIPPED}, row 271. "
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
            "zhengzhou.plan2022, zhengzhou.plan2023, newtown.plan."
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
            "The keys here are: id, city, city_zh, city_en, title, short_title, number, date."
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
            "city, city_zh, city_en, title, short_title, number, date."
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
            f"taken in {SHIPPED}, row 51. "
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
        'Point it at a norm in "places per facility".',
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
