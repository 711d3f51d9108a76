"""One assessment of the example district, shared by the report tests."""

import pytest

from capacity import assess, load_norms, read_study_area, write_example


@pytest.fixture(scope="session")
def area(tmp_path_factory):
    return read_study_area(write_example(tmp_path_factory.mktemp("example") / "area"))


@pytest.fixture(scope="session")
def result(area):
    return assess(area, load_norms("zhengzhou", on="2025-12-31"))
