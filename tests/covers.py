"""Which kinds of norms a test is about, and what it shows of them."""

ASPECTS = {
    "worked": "figures worked by hand",
    "property": "what holds for every input",
    "oracle": "compared with slow independent code on random towns",
    "boundary": "exactly at the value, empty and missing inputs",
}


def covers(aspect, *kinds):
    """Mark a test; ``tests/test_every_kind_is_tested.py`` reads the marks from the source."""
    if aspect not in ASPECTS or not kinds:
        raise ValueError(aspect, kinds)
    return lambda test: test
