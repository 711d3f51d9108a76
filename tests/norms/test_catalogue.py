"""The catalogue as a whole: what it holds, how it is found, shown and documented."""

import datetime as dt
import hashlib
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from capacity.errors import NormError
from capacity.norms import load_catalogue, load_norms
from capacity.norms.model import APPLIES_TO, DATE_BASES, KIND_RULES, KINDS, UNITS_OF_MEASURE
from capacity.vocabulary import GROUPS, SERVICES, UNIT_TYPES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "norms.md"
DOCUMENTS = ROOT / "capacity" / "norms" / "documents"


def norms_table(norms):
    """Return the table of docs/norms.md; written into the page by hand after a change."""
    lines = [
        "| id | norm | standard | date | levels | applies to | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for norm in norms:
        date = f"by {norm.by}" if norm.by else f"from {norm.effective_from}"
        levels = ", ".join(norm.levels)
        shown = f" (shown: {', '.join(norm.shown_at)})" if norm.shown_at else ""
        lines.append(
            f"| `{norm.id}` | {norm.name_zh} | {norm.comparator} {norm.value} {norm.unit} "
            f"| {date} | {levels}{shown} | {norm.applies_to} | {norm.source.citation} |"
        )
    return "\n".join(lines)


def template():
    """Return the YAML template of docs/norms.md."""
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


def test_every_minimum_count_of_zhengzhou_has_its_size(catalogue):
    sizes = {
        norm.id.rpartition(".")[2]: norm.minimum_size
        for norm in catalogue.norms
        if norm.kind == "minimum_count_per_unit"
    }
    assert sizes == {
        "demo_institution_per_county_2022": 50,
        "demo_institution_per_main_district_2022": 50,
        "facility_per_community": 20,
        "facility_per_street_2023": 50,
        "facility_per_township_2023": 30,
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
    assert repr(catalogue) == "<Catalogue: 18 norms, 2 documents (zhengzhou)>"


def test_to_frame_has_a_row_per_norm_and_plain_types(catalogue):
    frame = catalogue.to_frame()
    assert frame["id"].tolist() == [norm.id for norm in catalogue.norms]
    kinds = frame.dtypes.map(lambda dtype: dtype.kind)
    assert set(kinds[kinds == "f"].index) == {"value", "minimum_size"}
    assert set(kinds[kinds == "M"].index) == {"effective_from", "by", "document_date"}
    row = frame.set_index("id").loc["zhengzhou.childcare.places_per_thousand_2023"]
    assert row["levels"] == "district;street;township"
    assert row["also"] == "zhengzhou.plan2023.childcare.places_per_thousand_2023"
    assert row["by"] == dt.datetime(2023, 12, 31)  # noqa: DTZ001 - dates have no zone
    land = frame.set_index("id").loc["zhengzhou.plan2023.elder_care.land_per_capita"]
    assert frame["by"].isna().sum() == 3
    assert land["value"] == 0.2


def test_the_norms_floor_imports_without_pandas():
    code = "import sys, capacity.norms as n; n.load_catalogue(); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_kind_has_its_rule_and_the_rules_use_known_words():
    assert set(KIND_RULES) == set(KINDS)
    units = {unit for rule in KIND_RULES.values() for unit in rule.units}
    assert units == set(UNITS_OF_MEASURE)
    assert {rule.sized_in for rule in KIND_RULES.values()} - {""} <= units


def test_the_page_shows_the_catalogue(catalogue):
    page = PAGE.read_text(encoding="utf-8")
    shown = page.split("<!-- shipped norms: begin -->")[1].split("<!-- shipped norms: end -->")[0]
    assert shown.strip() == norms_table(catalogue.norms)


def test_the_page_names_every_word():
    page = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (`.+?`) \| (.+?) \|", page, re.MULTILINE))
    assert rows["`service`"] == ", ".join(SERVICES)
    assert rows["`levels`, `shown_at`"] == ", ".join(UNIT_TYPES)
    assert rows["`measures`"] == ", ".join(GROUPS)
    assert all(word in rows["`applies_to`"] for word in APPLIES_TO)
    assert all(word in rows["`date_basis`"] for word in DATE_BASES)
    for kind, rule in KIND_RULES.items():
        assert rows[f"`{kind}`"] == ", or ".join(rule.units)


def test_the_template_of_the_page_loads(own):
    chosen = load_norms("新城", on="2026-12-31", extra=own)
    got = [(norm.id, norm.stage, str(norm.value), norm.minimum_size) for norm in chosen.norms]
    assert got == [
        ("newtown.childcare.facility_per_street", "due", "1", Decimal(45)),
        ("newtown.childcare.places_per_thousand", "next", "5", None),
        ("newtown.childcare.places_per_thousand_2026", "due", "3.5", None),
        ("newtown.elder_care.walk_minutes", "next", "12", None),
    ]
    assert chosen.norms[1].levels == ("district", "street", "township")
    assert chosen.norms[2].levels == ("street", "township")


def test_own_norms_stand_beside_the_shipped_ones(catalogue, own):
    both = load_catalogue([own])
    assert len(both.norms) == len(catalogue.norms) + 5
    assert load_norms("zhengzhou", on="2025-12-31", extra=str(own)).norms == (
        load_norms("zhengzhou", on="2025-12-31").norms
    )


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "newtown.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + template().replace("\n", "\r\n").encode())
    assert load_norms("newtown", on="2030-12-31", extra=path).norms


def test_loading_speed(benchmark):
    from capacity.norms.catalogue import _shipped, _shipped_catalogue

    def load():
        _shipped.cache_clear()
        _shipped_catalogue.cache_clear()
        load_catalogue()

    benchmark(load)
    assert benchmark.stats.stats.median < 0.1
