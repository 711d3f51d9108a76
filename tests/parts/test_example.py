"""The example district in parts: every table as in one piece, whatever fails on the way."""

from pathlib import Path

import pandas as pd
import pytest

import capacity.example
from capacity.assess.run import assess
from capacity.errors import InputError, PartsError
from capacity.norms.catalogue import load_norms
from capacity.study_area import read_study_area
from tests.parts.alike import assert_alike
from tests.parts.now import Now

DATA = Path(capacity.example.__file__).parent / "data"


@pytest.fixture(scope="module")
def area():
    return read_study_area(DATA / "area.toml")


@pytest.fixture(scope="module")
def norms():
    return load_norms("zhengzhou", on="2025-06-30")


@pytest.fixture(scope="module")
def whole(area, norms):
    return assess(area, norms)


def test_stages_to_come_are_asked_of_the_parts_too(norms, whole):
    area = read_study_area(DATA / "area.toml", cells="file")
    result = assess(area, norms, client=Now(), n_parts=4)
    now = whole.projection()
    assert now.stages["planned"].gt(0).any()
    assert now.stages["kind"].str.startswith("coverage").any()
    found = result.projection()
    for name in ("stages", "projects"):
        left, right = getattr(found, name), getattr(now, name)
        pd.testing.assert_frame_equal(left, right, check_exact=True, obj=name)
    staged = "zhengzhou.childcare.places_per_thousand"
    pd.testing.assert_frame_equal(
        result.stage_progress(staged), whole.stage_progress(staged), check_exact=True
    )
    assert not area.population.values.is_read  # of all this the driver read no cell
    grown = result.projection(growth=0.01)  # nobody asked the parts for this: the raster is read
    pd.testing.assert_frame_equal(
        grown.stages, whole.projection(growth=0.01).stages, check_exact=True
    )


def test_parts_give_what_the_whole_gives_and_a_part_that_fails_is_tried_again(area, norms, whole):
    client = Now(broken={2: 2})
    assert_alike(assess(area, norms, client=client, n_parts=5), whole)
    parts = client.parts_done
    assert len(parts) == len(set(parts)) >= 4


def test_a_part_that_always_fails_is_named_and_the_run_goes_on_from_the_others(
    area, norms, whole, tmp_path
):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError) as caught:
        assess(area, norms, client=Now(broken={2: 99}), n_parts=3, folder=folder)
    (fault,) = caught.value.faults
    assert fault.code == "parts.failed"
    assert "part 2 " in fault.message
    assert "no memory for part 2" in fault.message
    named = fault.item.replace(", …", "").split(", ")
    assert set(named) <= set(area.units["unit_code"])
    assert fault.count >= len(named) > 0
    again = Now()
    result = assess(area, norms, client=again, n_parts=3, folder=folder, resume=True)
    assert again.parts_done == ["part-00002.parquet"]
    assert_alike(result, whole)


def test_a_run_begun_with_other_norms_is_not_resumed(area, norms, tmp_path):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError):
        assess(area, norms, client=Now(broken={1: 99}), n_parts=2, folder=folder)
    other = load_norms("zhengzhou", on="2023-06-30")
    with pytest.raises(InputError, match="was begun with other norms") as caught:
        assess(area, other, client=Now(), n_parts=2, folder=folder, resume=True)
    assert [fault.code for fault in caught.value.faults] == ["parts.changed"]


def test_a_folder_of_something_else_is_left_alone(area, norms, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is no run in parts") as caught:
        assess(area, norms, client=Now(), folder=tmp_path)
    assert [fault.code for fault in caught.value.faults] == ["parts.folder"]
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
