"""The catalogue as a whole: what it holds, how it is found, shown and documented."""

import datetime as dt
import hashlib
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from capacity.errors import NormError, OutputExistsError
from capacity.norms import load_catalogue, load_norms, validate_file, write_template
from capacity.norms.files import comments_in
from capacity.norms.model import (
    APPLIES_TO,
    BASES,
    CONDITIONS,
    DATE_BASES,
    EACH,
    KIND_RULES,
    KINDS,
    PROFILES,
    ROLES,
    UNIT_RULES,
    UNITS_OF_MEASURE,
)
from capacity.vocabulary import (
    AMOUNTS,
    FACILITY_TYPES,
    FIGURES,
    GROUPS,
    OPERATORS,
    SERVICES,
    UNIT_TYPES,
)
from tests.norms.page import PAGE as CATALOGUE_PAGE
from tests.norms.page import page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "norms.md"
NORMS = ROOT / "capacity" / "norms"
DOCUMENTS = NORMS / "documents"
JUDGED = ("compute", "tabulate")


def template():
    """Return the YAML template that docs/norms.md shows."""
    return re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "newtown.yaml"
    path.write_text(template(), encoding="utf-8")
    return path


def test_norms_are_sorted_by_id_and_ids_differ(catalogue):
    ids = [norm.id for norm in catalogue.norms]
    assert ids == sorted(set(ids))


def test_a_paired_size_is_resolved_and_still_listed(catalogue):
    norm = catalogue.find("zhengzhou.plan2023.elder_care.floor_area_per_100_households")
    size = catalogue.find(norm.minimum_size_id)
    assert norm.minimum_size == size.value == Decimal(200)
    assert size in catalogue.norms


def test_every_minimum_count_of_childcare_places_has_its_size(catalogue):
    sizes = {
        norm.id.rpartition(".")[2]: norm.minimum_size
        for norm in catalogue.norms
        if norm.kind == "minimum_count_per_unit" and norm.minimum_size_unit == "places per facility"
    }
    assert sizes == {
        "demo_institution_per_county_2022": 50,
        "demo_institution_per_main_district_2022": 50,
        "facility_per_community": 20,
        "facility_per_street_2023": 50,
        "facility_per_township_2023": 30,
    }


def test_a_centre_is_counted_with_its_beds(catalogue):
    norm = catalogue.find("xinyang.elder_care.centre_per_street")
    assert (norm.minimum_size, norm.minimum_size_unit) == (50, "beds per facility")


def test_a_paired_size_looks_at_the_same_facilities(catalogue):
    for norm in catalogue.norms:
        if norm.minimum_size_id and norm.supply.amount == "facilities":
            size = catalogue.find(norm.minimum_size_id)
            assert (norm.supply.types, norm.supply.inclusive) == (
                size.supply.types,
                size.supply.inclusive,
            )
            assert set(norm.levels) <= set(size.levels)


def test_what_is_evaluated_says_what_is_counted(catalogue):
    for norm in catalogue.norms:
        rule = UNIT_RULES[norm.unit]
        if norm.role not in JUDGED:
            assert norm.supply is None
            continue
        counted = norm.supply.amount or norm.supply.figure
        counted_in = (AMOUNTS | FIGURES)[counted][2]
        assert counted_in in rule.counts, norm.id
        assert norm.of is None or norm.base == "counted"


def test_every_figure_and_every_facility_type_is_asked_for(catalogue):
    counts = [count for norm in catalogue.norms for count in (norm.supply, norm.of) if count]
    figures = {count.figure for count in counts} | {norm.base for norm in catalogue.norms}
    assert figures >= set(FIGURES)
    assert {count.figure for count in counts} - {""} <= set(FIGURES)
    named = {name for count in counts for name in count.types}
    named |= {name for count in counts for _, names in count.types_at for name in names}
    assert named == set(FACILITY_TYPES)
    assert {service for _, _, service in FACILITY_TYPES.values()} <= set(SERVICES)


def test_a_count_by_unit_type():
    norm = load_catalogue().find("zhengzhou.sports.facility_network_levels")
    assert norm.supply.types_for("district") == ("fitness_centre",)
    assert norm.supply.types_for("village") == ("community_sports_site",)
    assert norm.supply.types_for("city") == ()
    assert norm.supply.text.startswith("facilities, of district: fitness_centre; street: ")


def test_sites_without_outdoor_ground_and_new_development(catalogue):
    areas = {
        (norm.condition, norm.unit): str(norm.value) for norm in catalogue.norms if norm.condition
    }
    assert areas == {
        ("no_outdoor_ground", "m2 floor area per place"): "8",
        ("new_development", "m2 floor area per place"): "6",
        ("new_development", "m2 outdoor per place"): "2",
    }


def test_values_are_exact(catalogue):
    value = catalogue.find("zhengzhou.plan2023.elder_care.land_per_capita").value
    assert isinstance(value, Decimal)
    assert str(value) == "0.2"


def test_line_and_file_point_at_the_value(catalogue):
    for norm in catalogue.norms:
        lines = (DOCUMENTS / norm.file).read_text(encoding="utf-8").splitlines()
        around = "\n".join(lines[norm.line - 1 : norm.line + 2])
        assert f'value: "{norm.value}"' in around


def test_files_carry_the_digest_of_what_was_read(catalogue, own):
    for name, digest in catalogue.files:
        assert digest == hashlib.sha256((DOCUMENTS / name).read_bytes()).hexdigest()
    assert [name for name, _ in catalogue.files] == sorted(p.name for p in DOCUMENTS.iterdir())
    with_own = dict(load_catalogue(own).files)
    assert with_own.pop("newtown.yaml") == hashlib.sha256(own.read_bytes()).hexdigest()
    assert with_own == dict(catalogue.files)


def test_the_shipped_catalogue_is_loaded_once(catalogue):
    assert load_catalogue() is catalogue


def test_find_by_the_id_of_a_repeated_clause(catalogue):
    norm = catalogue.find("zhengzhou.plan2023.childcare.facility_per_community_2025")
    assert norm.id == "zhengzhou.childcare.facility_per_community"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            "zhengzhou.sports.fitness_circle_minute",
            (
                'No norm has the id "zhengzhou.sports.fitness_circle_minute". '
                'Did you mean "zhengzhou.sports.fitness_circle_minutes"?'
            ),
        ),
        ("?", 'No norm has the id "?". load_catalogue().norms has every id.'),
    ],
)
def test_find_an_unknown_id(catalogue, asked, message):
    with pytest.raises(NormError) as error:
        catalogue.find(asked)
    assert str(error.value) == message


def test_repr_counts(catalogue):
    assert repr(catalogue) == "<Catalogue: 310 norms, 5 documents (chengdu, xinyang, zhengzhou)>"


def test_to_frame_has_a_row_per_norm_and_plain_types(catalogue):
    frame = catalogue.to_frame()
    assert frame["id"].tolist() == [norm.id for norm in catalogue.norms]
    kinds = frame.dtypes.map(lambda dtype: dtype.kind)
    assert set(kinds[kinds == "f"].index) == {"value", "value_max", "minimum_size"}
    assert set(kinds[kinds == "M"].index) == {"effective_from", "by", "as_of", "document_date"}
    row = frame.set_index("id").loc["zhengzhou.childcare.places_per_thousand_2023"]
    assert row["levels"] == "district;street;township"
    assert row["also"] == "zhengzhou.plan2023.childcare.places_per_thousand_2023"
    assert row["by"] == dt.datetime(2023, 12, 31)  # noqa: DTZ001 - dates have no zone
    land = frame.set_index("id").loc["zhengzhou.plan2023.elder_care.land_per_capita"]
    assert land["value"] == 0.2
    assert frame["as_of"].notna().sum() == 69
    shares = frame.set_index("id").loc["zhengzhou.plan2023.childcare.public_operated_place_share"]
    assert shares["of"] == "places, of community_childcare_point, inclusive"
    assert shares["supply"] == (
        "places, of community_childcare_point, run: public, public_built_private_run, inclusive"
    )
    within = frame.set_index("id").loc["xinyang.education.public_kindergarten_per_district_town"]
    assert within["supply"].endswith("run: public, within: main_urban")


def test_the_norms_floor_imports_without_pandas():
    code = "import sys, capacity.norms as n; n.load_catalogue(); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_kind_has_its_rule_and_the_rules_use_known_words():
    assert set(KIND_RULES) == set(KINDS)
    rules = [rule for kind, rule in KIND_RULES.items() if kind != "baseline"]
    units = {unit for rule in rules for unit in rule.units}
    assert set(KIND_RULES["baseline"].units) == set(UNITS_OF_MEASURE) >= units
    assert {base for rule in rules for base in rule.bases} <= set(BASES)
    assert {unit for rule in rules for unit in rule.sized_in} <= units
    counted = {labels[2] for labels in (AMOUNTS | FIGURES).values()}
    for unit, rule in UNIT_RULES.items():
        assert not rule.amount or AMOUNTS[rule.amount][2] in rule.counts, unit
    assert counted <= {word for rule in UNIT_RULES.values() for word in rule.counts}


def test_the_page_shows_the_catalogue(catalogue):
    text = CATALOGUE_PAGE.read_text(encoding="utf-8")
    assert text == page(), "run python -m tests.norms.page"
    for norm in catalogue.norms:
        assert f"`{norm.id}`" in text


def test_the_page_names_every_word():
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (`.+?`) \| (.+?) \|", text, re.MULTILINE))
    for key, words in (
        ("`service`", SERVICES),
        ("`role`", ROLES),
        ("`profile`", PROFILES),
        ("`levels`, `shown_at`", UNIT_TYPES),
        ("`each`", EACH),
        ("`condition`", CONDITIONS),
        ("`measures`", GROUPS),
        ("`amount`", AMOUNTS),
        ("`operators`", OPERATORS),
    ):
        assert rows[key] == ", ".join(words)
    assert all(word in rows["`applies_to`"] for word in APPLIES_TO)
    assert all(word in rows["`date_basis`"] for word in DATE_BASES)
    percent = KIND_RULES["coverage_share"].units
    for kind, rule in KIND_RULES.items():
        wide = {"baseline": "any", "total_target": "any total"}.get(kind)
        units = wide or ("any percent" if rule.units == percent else ", or ".join(rule.units))
        assert rows[f"`{kind}`"] == units


def test_the_page_shows_the_template():
    shipped = (NORMS / "template.yaml").read_text(encoding="utf-8")
    assert template() == comments_in(shipped, "en")
    chinese = comments_in(shipped, "zh")
    remarks = [line.split("# ")[-1] for line in chinese.splitlines() if "# " in line]
    remarks = [remark for remark in remarks if not re.match(r"[\s-]*\w+: \S", remark)]  # a key
    assert len(remarks) > 20
    assert all(re.search("[\u4e00-\u9fff]", remark) for remark in remarks)
    assert "‖" not in chinese + template()


def test_the_template_of_the_page_loads(own):
    chosen = load_norms("新城", on="2026-12-31", extra=own)
    got = [(norm.id, norm.stage, str(norm.value), norm.minimum_size) for norm in chosen.norms]
    assert got == [
        ("newtown.childcare.facility_per_street", "due", "1", Decimal(45)),
        ("newtown.childcare.places_per_thousand", "next", "5", None),
        ("newtown.childcare.places_per_thousand_2026", "due", "3.5", None),
        ("newtown.elder_care.village_day_care_share", "next", "40", None),
        ("newtown.elder_care.walk_minutes", "next", "12", None),
    ]
    assert chosen.norms[1].levels == ("district", "street", "township")
    assert chosen.norms[2].levels == ("street", "township")


def test_own_norms_stand_beside_the_shipped_ones(catalogue, own):
    both = load_catalogue([own])
    assert len(both.norms) == len(catalogue.norms) + 8
    assert load_norms("zhengzhou", on="2025-12-31", extra=str(own)).norms == (
        load_norms("zhengzhou", on="2025-12-31").norms
    )


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "newtown.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + template().replace("\n", "\r\n").encode())
    assert load_norms("newtown", on="2030-12-31", extra=path).norms


def test_the_template_is_written_once(tmp_path):
    path = write_template(tmp_path / "newtown.yaml", language="en")
    assert path.read_text(encoding="utf-8") == template()
    assert validate_file(write_template(tmp_path / "新城.yaml")) == []
    assert validate_file(path) == []
    with pytest.raises(OutputExistsError) as error:
        write_template(path)
    assert str(error.value) == f"{path} is already there. Choose another name."


def test_every_fault_of_a_file_without_raising(tmp_path, own):
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace('"12"', '"-12"'), encoding="utf-8")
    faults = validate_file(own)
    assert [fault.message for fault in faults] == ["The value -12 is not above zero."]
    assert [fault.file for fault in validate_file(tmp_path / "none.yaml")] == [
        str(tmp_path / "none.yaml")
    ]


def test_loading_speed(benchmark):
    from capacity.norms.catalogue import _shipped_catalogue
    from capacity.norms.conflicts import load_conflicts
    from capacity.norms.files import shipped

    def load():
        for cached in (load_conflicts, shipped, _shipped_catalogue):
            cached.cache_clear()
        load_catalogue()

    benchmark(load)
