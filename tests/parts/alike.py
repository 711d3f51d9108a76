"""Whether two assessments are the same, to the last digit of every table."""

import pandas as pd
import shapely

TABLES = (
    "findings",
    "subtotals",
    "people",
    "compounds",
    "quality",
    "off_network",
    "supply",
    "circles",
    "pockets",
)


def assert_alike(one, other):
    for name in TABLES:
        left, right = (pd.DataFrame(getattr(result, name)).copy() for result in (one, other))
        for frame in (left, right):
            if "geometry" in frame:
                shapes = frame.pop("geometry").to_numpy(dtype=object)
                frame["shape"] = shapely.to_wkb(shapes)
        pd.testing.assert_frame_equal(left, right, check_exact=True, obj=name)
