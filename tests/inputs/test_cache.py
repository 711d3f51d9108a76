"""The cleaned network on disk: the same result to the last digit, or none at all."""

import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from capacity import assess, load_norms, read_study_area
from capacity.inputs import gather
from capacity.study_area import check_study_area
from tests.inputs.test_walking import LINES, edges
from tests.inputs.town import SETTINGS, X0, Y0, write_town

TABLE = """
[walking]
file = "walk.gpkg"
barriers = { file = "river.gpkg", description = "survey" }
description = "streets"
year = 2024
"""
CACHED = TABLE.replace("year = 2024", 'year = 2024\ncache = "kept"')
FILE = "kept/walking-network.npz"


def town(folder, table=CACHED, *, settings=SETTINGS, lines=LINES):
    """A town whose network has warnings and facts: an island, a short length, a barrier."""
    if lines is not LINES or not (folder / "walk.gpkg").exists():  # each writing has another hash
        frame = edges([*lines, [(X0 + 30, Y0 + 30), (X0 + 60, Y0 + 60)]])
        frame["length"] = [60.0, *frame["length"].iloc[1:]]
        frame.to_file(folder / "walk.gpkg")
    river = gpd.GeoDataFrame(geometry=[shapely.box(X0, Y0 + 420, X0 + 2000, Y0 + 480)], crs=4547)
    if not (folder / "river.gpkg").exists():
        river.to_file(folder / "river.gpkg")
    return write_town(folder, settings=settings + table)


def without_cache(path):
    """Take the cache out of the settings."""
    text = path.read_text(encoding="utf-8").replace('cache = "kept"', "")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def reads(monkeypatch):
    """Count how often a walking network is read from its own files."""
    seen = []
    read = gather._read_walking

    def counted(*args):
        seen.append(args)
        return read(*args)

    monkeypatch.setattr(gather, "_read_walking", counted)
    return seen


def assert_same(one, other):
    """Two study areas with the same network, faults and files."""
    assert one.faults == other.faults
    for name in ("nodes", "u", "v", "length_m", "two_way", "segments", "segment_edge"):
        np.testing.assert_array_equal(getattr(one.network, name), getattr(other.network, name))
    for part in ("data", "indices", "indptr"):
        ours, theirs = (getattr(area.network.graph, part) for area in (one, other))
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    assert one.network.islands.equals(other.network.islands)
    assert one.network.left_out.equals(other.network.left_out)
    assert one.network.crs == other.network.crs
    assert one.network.name == other.network.name
    assert one.network.barriers == other.network.barriers
    walked = [[f for f in area.files if f.role == "walking"] for area in (one, other)]
    assert walked[0] == walked[1]


def test_a_cached_run_is_the_same_to_the_last_digit(tmp_path, reads):
    plain = read_study_area(town(tmp_path, TABLE))
    path = town(tmp_path)
    first, second = read_study_area(path), read_study_area(path)
    assert len(reads) == 2
    assert (tmp_path / FILE).is_file()
    assert_same(plain, first)
    assert_same(first, second)
    assert {f.code for f in second.faults} >= {"walking.too_short", "walking.islands_left_out"}
    norms = load_norms("zhengzhou", on="2025-12-31")
    found = [assess(area, norms) for area in (plain, second)]
    assert found[0].findings.equals(found[1].findings)
    assert found[0].quality.equals(found[1].quality)
    # what is only said of a file is taken from area.toml as it is now
    town_again = path.read_text(encoding="utf-8").replace('"streets"', '"OSM"')
    path.write_text(town_again, encoding="utf-8")
    third = read_study_area(path)
    assert len(reads) == 2
    assert [f.description for f in third.files if f.role == "walking"] == ["OSM", "survey"]


def test_a_file_of_its_own(tmp_path, reads):
    path = town(tmp_path, TABLE.replace("year = 2024", 'cache = "streets.npz"'))
    read_study_area(path)
    assert (tmp_path / "streets.npz").is_file()
    read_study_area(path)
    assert len(reads) == 1


CHANGED = {
    "edges": {"lines": LINES[1:]},
    "a setting": {"table": CACHED.replace("year", "minimum_component = 1\nyear")},
    "the CRS": {"settings": SETTINGS.replace("data_date", 'crs = "EPSG:32649"\ndata_date')},
}


@pytest.mark.parametrize("what", CHANGED)
def test_whatever_changes_is_cleaned_anew(tmp_path, reads, what):
    before = read_study_area(town(tmp_path))
    path = town(tmp_path, **CHANGED[what])
    changed = read_study_area(path)
    assert len(reads) == 2
    assert len(changed.network.u) != len(before.network.u) or changed.crs != before.crs
    assert_same(changed, read_study_area(without_cache(path)))


def broken(path):
    """Give ways in which a cache can be broken."""
    whole = path.read_bytes()
    at = whole.index(b"segments.npy") + 2000
    return [
        whole[: len(whole) // 2],
        b"",
        whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
    ]


def test_a_damaged_cache_is_warned_of_and_written_anew(tmp_path, reads):
    path = town(tmp_path)
    first = read_study_area(path)
    for n, data in enumerate(broken(tmp_path / FILE), start=2):
        (tmp_path / FILE).write_bytes(data)
        again = read_study_area(path)
        assert len(reads) == n
        warning = [f for f in again.faults if f.code == "walking.cache_damaged"]
        assert [str(f) for f in warning] == [
            (
                "kept, column walking.cache: the cache of the walking network is damaged; the network "
                "is read and cleaned anew, and the cache written again. Nothing need be done; if it "
                "happens again, look at the disk."
            )
        ]
        assert [f for f in again.faults if f not in warning] == list(first.faults)
        # and then it is whole again
        assert_same(first, read_study_area(path))
        assert len(reads) == n


def test_arrays_that_do_not_fit_each_other_are_refused(tmp_path):
    path = town(tmp_path)
    read_study_area(path)
    with np.load(tmp_path / FILE) as kept:
        arrays = dict(kept)
    for name, wrong in (
        ("u", arrays["u"] + len(arrays["nodes"])),
        ("length_m", -arrays["length_m"]),
        ("graph_indices", arrays["graph_indices"] + 10_000),
        ("segment_edge", arrays["segment_edge"][:-1]),
    ):
        np.savez(tmp_path / FILE, **{**arrays, name: wrong})
        codes = [f.code for f in check_study_area(path)]
        assert "walking.cache_damaged" in codes, name


def test_other_peoples_files_are_never_written_over(tmp_path, reads):
    path = town(tmp_path, CACHED.replace('"kept"', '"data.npz"'))
    foreign = tmp_path / "data.npz"

    def assert_left_alone():
        before = foreign.read_bytes()
        codes = [f.code for f in read_study_area(path).faults]
        assert [code for code in codes if code.startswith("walking.cache")] == [
            "walking.cache_foreign"
        ]
        assert foreign.read_bytes() == before

    foreign.write_bytes(b"not an archive")
    assert_left_alone()
    with zipfile.ZipFile(foreign, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "a" * 1000)
    assert_left_alone()
    np.savez(foreign, a=np.arange(3))
    assert_left_alone()
    assert len(reads) == 3


def test_nothing_is_written_by_a_check_or_where_it_cannot_be(tmp_path):
    path = town(tmp_path)
    check_study_area(path)
    assert not (tmp_path / "kept").exists()
    (tmp_path / "kept").write_text("a file where the folder should be")
    area = read_study_area(path)
    told = [f for f in area.faults if f.code == "walking.cache_not_written"]
    assert told[0].message.startswith("the cache of the walking network cannot be written (")
    assert area.network is not None
    remote = town(tmp_path, CACHED.replace('"kept"', '"http://kept"'))
    assert "file.remote" in [f.code for f in check_study_area(remote)]


def test_units_elsewhere_are_told_with_a_cached_network_too(tmp_path, reads):
    path = town(tmp_path)
    read_study_area(path)
    moved = gpd.read_file(tmp_path / "units.gpkg")
    moved.geometry = moved.translate(xoff=100_000)
    moved.to_file(tmp_path / "units.gpkg")

    def told():
        faults = check_study_area(path)
        return [f for f in faults if f.file == "walk.gpkg" and f.severity == "error"]

    cached = told()
    assert [f.code for f in cached] == ["layer.elsewhere"]
    assert len(reads) == 1
    without_cache(path)
    assert told() == cached
