"""The constraints for the oldest releases are the lower bounds of the requirements."""

from tests.oldest import oldest

PROJECT = {
    "name": "facility-capacity",
    "dependencies": ["numpy>=2.1", "lazy_loader>=0.6,<1"],
    "optional-dependencies": {
        "figures": ["matplotlib>=3.10", "numpy>=2.1"],
        "word": ["facility-capacity[figures]", "python-docx>=1.1.2"],
    },
}


def test_each_requirement_is_pinned_to_its_lower_bound():
    assert oldest(PROJECT) == ["lazy_loader==0.6", "numpy==2.1"]


def test_extras_that_name_ours_are_followed_and_nothing_is_said_twice():
    assert oldest(PROJECT, ("word",)) == [
        "lazy_loader==0.6",
        "matplotlib==3.10",
        "numpy==2.1",
        "python-docx==1.1.2",
    ]
