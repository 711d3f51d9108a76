"""What goes wrong around a run in parts: it ends with a fault, and goes on from what is done."""

import concurrent.futures
import errno
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from capacity.assess.run import assess
from capacity.errors import PartsError
from capacity.parts.folder import Folder, Reader, write_table
from tests.parts.alike import assert_alike
from tests.parts.now import Now
from tests.parts.test_random import NORMS, town

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(scope="module")
def area():
    spots = [(250.0, 100.0), (1100.0, 150.0), (1500.0, 250.0)]
    return town(np.full((3, 16), 40.0), [500.0, 1000.0], spots)


@pytest.fixture(scope="module")
def norms():
    return NORMS


@pytest.fixture(scope="module")
def whole(area, norms):
    return assess(area, norms)


def only_fault(caught, code):
    (fault,) = caught.value.faults
    assert fault.code == code
    assert "--resume" in fault.mend
    return fault


def parts_of(done):
    """Leave out the pockets that were drawn when all parts were there."""
    return [name for name in done if name.startswith("part-")]


class Spoiling(Now):
    """Damages the answers of part 2 as soon as they are written."""

    def submit(self, function, /, task, path):
        future = super().submit(function, task, path)
        if "part-00002" in path:
            flip(Path(path), 200)
        return future


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


def test_answers_damaged_anywhere_are_not_done(tmp_path):
    folder = Folder(tmp_path)
    path = folder.file("part", 1)
    table = pa.table({"question": pa.array([2, 2, 0], pa.int32()), "value": [0.25, np.nan, 1.0]})
    write_table(table, path)
    assert folder.missing("part", [1]) == []
    assert Reader([path]).rows(0)["value"].tolist() == [1.0]
    content = path.read_bytes()
    for at in range(0, len(content), 23):  # pages, names of columns, which group has which question
        flip(path, at)
        assert folder.missing("part", [1]) == [1], at
        path.write_bytes(content)
    path.write_bytes(content[:-40])
    with pytest.raises(PartsError, match=r"part-00001\.parquet"):
        Reader([path])
    path.write_bytes(content)
    assert folder.missing("part", [1]) == []
    path.with_suffix(".sha256").unlink()
    assert folder.missing("part", [1]) == [1]


def test_answers_damaged_before_they_are_put_together_are_computed_again(
    area, norms, whole, tmp_path
):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError) as caught:
        assess(area, norms, client=Spoiling(), n_parts=3, folder=folder)
    assert "part-00002.parquet" in only_fault(caught, "parts.damaged").message
    again = Now()
    result = assess(area, norms, client=again, n_parts=3, folder=folder, resume=True)
    assert parts_of(again.done) == ["part-00002.parquet"]
    assert_alike(result, whole)


class Blotting(Now):
    """Fails to draw the pockets of part 1, so many times."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def submit(self, function, /, task, path):
        if "drawing-00001" in path and self.times:
            self.times -= 1
            future = concurrent.futures.Future()
            future.set_exception(MemoryError("no memory for a drawing"))
            return future
        return super().submit(function, task, path)


def test_a_drawing_that_fails_is_tried_again_though_others_were_handed_over_before(
    area, norms, whole, tmp_path
):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError, match="no memory for a drawing") as caught:
        assess(area, norms, client=Blotting(99), n_parts=3, folder=folder)
    assert only_fault(caught, "parts.failed").message.startswith("part 1 ")
    assert_alike(assess(area, norms, client=Blotting(2), n_parts=3), whole)


class Stopping(Now):
    """Is stopped when part 2 is handed to it."""

    def submit(self, function, /, task, path):
        if "part-00002" in path:
            raise KeyboardInterrupt
        return super().submit(function, task, path)


def test_an_interrupted_run_says_what_is_kept_and_goes_on(area, norms, whole, tmp_path):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError, match="interrupted") as caught:
        assess(area, norms, client=(stopped := Stopping()), n_parts=3, folder=folder)
    kept = parts_of(stopped.done)
    assert f"parts done and kept: {len(kept)}" in only_fault(caught, "parts.stopped").message
    again = Now()
    result = assess(area, norms, client=again, n_parts=3, folder=folder, resume=True)
    assert "part-00002.parquet" in parts_of(again.done)
    assert len({*kept, *parts_of(again.done)}) == len(kept) + len(parts_of(again.done)) == 3
    assert_alike(result, whole)


def test_without_a_folder_of_its_own_nothing_is_said_to_be_kept(area, norms):
    with pytest.raises(PartsError) as caught:
        assess(area, norms, client=Stopping(), n_parts=3)
    (fault,) = caught.value.faults
    assert "nothing is kept" in fault.message
    assert "--resume" not in fault.mend
    with pytest.raises(PartsError) as caught:
        assess(area, norms, client=Now(broken={2: 99}), n_parts=3)
    assert "kept" not in str(caught.value).split(":", maxsplit=1)[0]


class Filling(Now):
    """The disk is full while part 2 is written."""

    def __init__(self, patch):
        super().__init__()
        self.patch = patch

    def submit(self, function, /, task, path):
        with self.patch.context() as patch:
            if "part-00002" in path:
                patch.setattr(pq.ParquetWriter, "write_table", full)
            try:
                return super().submit(function, task, path)
            except OSError as error:
                future = super().submit(lambda *_: 0, task, path)
                future._result, future._exception = None, error
                return future


def full(*_, **__):
    raise FULL


def test_a_full_disk_is_named_and_leaves_no_half_file(area, norms, monkeypatch, tmp_path):
    folder = tmp_path / "parts"
    with pytest.raises(PartsError, match="No space left on device") as caught:
        assess(area, norms, client=Filling(monkeypatch), n_parts=3, folder=folder)
    assert "part 2 " in only_fault(caught, "parts.failed").message
    assert sorted(path.name for path in folder.glob("*part*")) == [
        "part-00001.parquet",
        "part-00001.sha256",
        "part-00003.parquet",
        "part-00003.sha256",
    ]


def test_a_folder_that_cannot_be_written_is_named(area, norms, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        patch.setattr(np, "save", full)
        with pytest.raises(PartsError, match="No space left on device") as caught:
            assess(area, norms, client=Now(), n_parts=2, folder=tmp_path / "parts")
    only_fault(caught, "parts.unwritable")
