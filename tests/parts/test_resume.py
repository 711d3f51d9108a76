"""What a run is resumed with: the same inputs and norms, and no others."""

import concurrent.futures
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import capacity.example
from capacity.assess.faults import gaps_in
from capacity.assess.run import assess
from capacity.errors import InputError, PartsError
from capacity.norms.catalogue import load_norms
from capacity.parts.folder import fingerprint
from capacity.study_area import read_study_area
from tests.parts.now import Now

DATA = Path(capacity.example.__file__).parent / "data"
CIRCLE = "zhengzhou.plan2023.childcare.service_circle_radius"
DAY = "2025-06-30"


@pytest.fixture(scope="module")
def area():
    return read_study_area(DATA / "area.toml")


@pytest.fixture(scope="module")
def norms():
    return load_norms("zhengzhou", on=DAY)


def test_a_value_set_by_the_planner_is_noticed(area, norms, tmp_path):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError):
        assess(area, norms, client=Now(broken={1: 99}), n_parts=2, folder=folder)
    wider = load_norms("zhengzhou", on=DAY, overrides={CIRCLE: 500})
    with pytest.raises(InputError, match="was begun with other norms"):
        assess(area, wider, client=Now(), n_parts=2, folder=folder, resume=True)


def test_gaps_between_units_are_looked_for_by_workers_or_here(area, norms):
    def gaps(result):
        quality = result.quality
        return quality[quality["code"] == "units.gaps"].reset_index(drop=True)

    units = area.units
    pond = units.geometry[units["unit_type"] == "street"].iloc[0].representative_point().buffer(200)
    torn = replace(area, units=units.set_geometry(units.geometry.difference(pond)))
    helper = Now()
    found = gaps(assess(torn, norms, client=helper, n_parts=2))
    pd.testing.assert_frame_equal(found, gaps(assess(torn, norms)))
    assert found["amount"].iloc[0] == pytest.approx(pond.area, rel=1e-6)
    assert gaps_in in [ask.args[0] for ask, _ in helper.asked]


def test_a_refused_folder_is_left_as_it_is(area, norms, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.task").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="parts cannot be written"):
        assess(area, norms, client=Now(), n_parts=2, folder=mine)
    assert [path.name for path in mine.iterdir()] == ["thesis.task"]
    folder = tmp_path / "parts"
    with pytest.raises(PartsError):
        assess(area, norms, client=Now(broken={1: 99}), n_parts=2, folder=folder)
    other = folder / "part-00001.0.task"  # of another run
    other.write_bytes(b"")
    assert list(folder.glob("*.task")) == [other]
    assess(area, norms, client=Now(), n_parts=2, folder=folder, resume=True)
    assert list(folder.glob("*.task")) == [other]


def test_whatever_changed_since_it_was_read_is_noticed(area, norms):
    def changed(other):
        one, two = fingerprint(area, norms), fingerprint(other, norms)
        return [name for name in one if one[name] != two[name]]

    grid = area.population
    more = {name: np.where(values > 0, values + 1, 0) for name, values in grid.values.items()}
    places = area.facilities.assign(places=area.facilities["places"] + 1)
    assert changed(replace(area)) == []
    assert changed(replace(area, facilities=area.facilities.iloc[1:])) == ["inputs"]
    assert changed(replace(area, facilities=places)) == ["inputs"]
    assert changed(replace(area, population=replace(grid, values=more))) == ["inputs"]
    assert changed(replace(area, services=frozenset())) == ["parameters"]
    names = area.facilities["name"].tolist()

    def named(*first):
        both = pd.array([*first, *names[2:]], dtype="str")
        return replace(area, facilities=area.facilities.assign(name=both))

    # one letter moved over, or nothing said instead of an empty name
    assert fingerprint(named("ab", "c"), norms) != fingerprint(named("a", "bc"), norms)
    assert fingerprint(named("ab", ""), norms) != fingerprint(named("ab", None), norms)
    assert fingerprint(named("ab", "c"), norms) == fingerprint(named("ab", "c"), norms)
    slices = pd.concat([area.facilities.iloc[:1], area.facilities.iloc[1:]])
    assert changed(replace(area, facilities=slices)) == []
    faster = replace(area.parameters, walking_speed_m_s=1.5)
    assert changed(replace(area, parameters=faster)) == ["parameters"]


class Broken(Now):
    """A pool of processes one of which was ended from outside: it takes nothing more."""

    def submit(self, function, /, task, path):
        if self.parts_done:
            message = "a process was terminated abruptly."
            raise concurrent.futures.BrokenExecutor(message)
        return super().submit(function, task, path)


def test_a_pool_that_takes_nothing_more_leaves_what_is_done(area, norms, tmp_path):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError) as caught:
        assess(area, norms, client=(broken := Broken()), n_parts=3, folder=folder)
    lost = sorted({1, 2, 3} - {int(name[5:10]) for name in broken.parts_done})
    assert len(lost) == 2
    words = [fault.message.split(" (")[0] for fault in caught.value.faults]
    assert words == [f"part {number}" for number in lost]
    again = Now()
    assess(area, norms, client=again, n_parts=3, folder=folder, resume=True)
    assert sorted(again.parts_done) == [f"part-{number:05d}.parquet" for number in lost]
