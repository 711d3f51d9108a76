"""A real cluster of two processes on this machine: the same digits, whatever happens to a worker."""

import os
import signal
from pathlib import Path

import numpy as np
import psutil
import pytest
from typer.testing import CliRunner

import capacity
import capacity.example
from capacity import cli
from capacity.assess.run import assess
from capacity.errors import CapacityError, InputError, PartsError
from capacity.norms.catalogue import load_norms
from capacity.parts import cluster as cluster_module
from capacity.parts.cluster import client_at
from capacity.population import InFile
from capacity.study_area import read_ahead, read_study_area
from tests.parts.alike import assert_alike

DATA = Path(capacity.example.__file__).parent / "data"


@pytest.fixture(scope="module")
def cluster():
    with client_at("local", n_workers=2) as client:
        yield client


@pytest.fixture(scope="module")
def norms():
    return load_norms("zhengzhou", on="2025-06-30")


@pytest.fixture(scope="module")
def whole(norms):
    return assess(read_study_area(DATA / "area.toml"), norms)


def test_a_cluster_of_this_machine_leaves_the_processor_to_the_parts(cluster):
    def watched():
        from dask import config

        return config.get("distributed.worker.profile.enabled")

    assert set(cluster.run(watched).values()) == {False}


def die_once(function, task, path, flag):
    """End this worker, as the machine does that runs out of memory; only the first time."""
    if not Path(flag).exists():
        Path(flag).write_text("died", encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    return function(task, path)


class Deadly:
    """A cluster one of whose workers is killed while it computes part 2."""

    def __init__(self, client, flag):
        self.client, self.flag = client, flag

    def nthreads(self):
        return self.client.nthreads()

    def submit(self, function, task, path, **options):
        if "part-00002" in path:
            return self.client.submit(die_once, function, task, path, self.flag, **options)
        return self.client.submit(function, task, path, **options)


def test_two_workers_one_of_them_killed_give_what_one_process_gives(
    cluster, norms, whole, tmp_path
):
    area = read_study_area(DATA / "area.toml", cells="file", client=cluster)
    before = set(cluster.run(os.getpid).values())
    flag = tmp_path / "flag"
    result = assess(area, norms, client=Deadly(cluster, str(flag)), n_parts=4)
    assert flag.read_text(encoding="utf-8") == "died"
    assert len(before) == 2
    assert not set(cluster.run(os.getpid).values()) >= before
    assert_alike(result, whole)
    assert isinstance(area.population.values, InFile)
    assert not area.population.values.is_read  # the driver never held the cells
    np.testing.assert_array_equal(
        area.population.values["population"], whole.area.population.values["population"]
    )


class Closing:
    """A cluster whose client is closed when part 2 is handed to it."""

    def __init__(self, client):
        self.client = client

    def nthreads(self):
        return self.client.nthreads()

    def submit(self, function, task, path, **options):
        future = self.client.submit(function, task, path, **options)
        if "part-00002" in path:
            self.client.close()
        return future


def test_a_client_that_is_closed_ends_the_run_with_a_fault_and_it_goes_on(
    cluster, norms, whole, tmp_path
):
    from distributed import Client

    area = read_study_area(DATA / "area.toml")
    folder = tmp_path / "parts"
    other = Client(cluster.scheduler.address, set_as_default=False)
    with pytest.raises(PartsError, match="runs nothing any more") as caught:
        assess(area, norms, client=Closing(other), n_parts=4, folder=folder)
    assert [fault.code for fault in caught.value.faults] == ["parts.stopped"]
    assert "--resume" in caught.value.faults[0].mend
    result = assess(area, norms, client=cluster, n_parts=4, folder=folder, resume=True)
    assert_alike(result, whole)


def test_a_local_cluster_listens_on_the_loopback_alone(cluster):
    here = psutil.Process()
    listening = [
        place.laddr.ip
        for process in (here, *here.children(recursive=True))
        for place in process.net_connections("tcp")
        if place.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 1 + len(cluster.nthreads())
    assert set(listening) == {"127.0.0.1"}


def test_nothing_at_the_address_is_a_fault():
    with (
        pytest.raises(InputError, match="no Dask scheduler answers") as caught,
        client_at("nonsense"),
    ):
        pass
    assert [fault.code for fault in caught.value.faults] == ["parts.no_cluster"]


def test_resume_without_dask_is_usage(tmp_path):
    arguments = ["assess", str(DATA / "area.toml"), "-o", str(tmp_path / "out"), "--resume"]
    found = CliRunner().invoke(cli.app, arguments)
    assert found.exit_code == 2
    assert "--dask" in found.output


WRONG = {
    "a key": (('city = "zhengzhou"', 'citty = "zhengzhou"'), (), "config.unknown_key"),
    "a value": (("detour_factor = 1.3", "detour_factor = 0.3"), (), "config.value"),
    "a city": (('city = "zhengzhou"', 'city = "nowhere"'), (), "study_area.norms"),
    "an override": (("", ""), ("--override", "no.such.norm=1"), "no.such.norm"),
    "a norm file": (("", ""), ("--norms", "own.yaml"), "own.yaml"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_the_settings_is_told_before_a_cluster_starts(case, tmp_path, monkeypatch):
    def started(*_args, **_options):
        raise AssertionError("a cluster was started")

    monkeypatch.setattr(cluster_module, "client_at", started)
    (old, new), options, code = WRONG[case]
    path = capacity.write_example(tmp_path / "area")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "own.yaml").write_text("norms: [1]", encoding="utf-8")
    options = [str(tmp_path / one) if one == "own.yaml" else one for one in options]
    out = tmp_path / "out"
    found = CliRunner().invoke(
        cli.app, ["assess", str(path), "-o", str(out), "--dask", "local", *options]
    )
    assert isinstance(found.exception, CapacityError), found.exception
    error = found.exception
    assert code in {fault.code for fault in error.faults} or code in str(error)
    assert not out.exists()


def test_a_missing_file_hides_no_fault_of_another(tmp_path):
    path = capacity.write_example(tmp_path / "area")
    text = path.read_text(encoding="utf-8")
    text = text.replace('file = "facilities.csv"', 'file = "facility.csv"', 1)
    path.write_text(text.replace('households = "户数"', 'households = "户"', 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ahead(path)
    errors = {fault.code for fault in caught.value.faults if fault.severity == "error"}
    assert errors == {"file.missing", "columns.missing"}
