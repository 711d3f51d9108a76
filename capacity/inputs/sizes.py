"""Sizes that can hardly be right: zeros that stand for "not known", and numbers in another unit.

The bounds are of what can be built, not of what a norm asks; they only raise warnings. A number
outside them is used as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.exact import rounded
from capacity.inputs.frames import faults_by_file, samples
from capacity.vocabulary import AMOUNTS, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from capacity.errors import Fault


@dataclass(frozen=True, slots=True)
class Bound:
    """What a size can hardly be below or above, and the services of which 0 is doubted.

    Attributes
    ----------
    least, most
        Exactly so much is plausible; 0 is judged apart.
    zero_of
        Services of which 0 is doubted; ``None`` for every one, and for compounds.
    """

    least: float
    most: float
    zero_of: tuple[str, ...] | None = ()


BOUNDS: Final[dict[str, Bound]] = {
    "places": Bound(1, 20_000, ("childcare", "education")),
    "beds": Bound(1, 10_000, ("elder_care", "health")),
    "land_area_m2": Bound(20, 2_000_000, None),
    "floor_area_m2": Bound(10, 500_000, None),
    "outdoor_area_m2": Bound(2, 200_000),
    "venue_area_m2": Bound(2, 1_000_000),
    "households": Bound(1, 30_000, None),
    "planned_population": Bound(1, 100_000),
    "elder_floor_area_m2": Bound(2, 100_000),
}
"""Sizes of single facilities and compounds. A university has 20,000 students, the largest hospital
10,000 beds; a university or sports park takes 2 km². Less than 20 m² of land or 10 m² of floor is
mostly another unit (亩, 万㎡); the largest compounds have about 30,000 households. No outdoor ground
and no elder-care rooms are common, and no doubt."""

CHILDCARE_PLACES: Final = 1_000
"""Places of a nursery beyond which they are doubted: the largest have a few hundred."""

_WORDS: Final = {"households": "households", "planned_population": "planned people"}


def check_sizes(frame: pd.DataFrame, what: str) -> list[Fault]:
    """Warn of sizes outside their bounds.

    Parameters
    ----------
    frame
        Facilities or compounds: any column of ``BOUNDS``, ``name``, ``file``, ``row``, and
        ``service`` of facilities.
    what
        ``facilities`` or ``compounds``; the first part of the fault code.

    Returns
    -------
    list of Fault
        ``.implausible``, one per file, column and kind.
    """
    return [
        fault
        for column, bound in BOUNDS.items()
        if column in frame
        for bad, message, mend in _doubts(frame, column, bound)
        for fault in faults_by_file(
            frame, bad, f"{what}.implausible", message, mend, column=column, severity="warning"
        )
    ]


def _doubts(
    frame: pd.DataFrame, column: str, bound: Bound
) -> Iterator[tuple[NDArray[np.bool_], str, str]]:
    """Give each kind of doubt: the rows, the message and the mend."""
    values = frame[column].to_numpy(dtype=np.float64)
    service = frame["service"].to_numpy(dtype=object) if "service" in frame else None
    words = _WORDS.get(column) or AMOUNTS[column][1]
    unit = " m²" if column.endswith("_m2") else ""
    zero = values == 0
    if bound.zero_of is not None:
        zero &= False if service is None else np.isin(service, bound.zero_of)
    most = np.full(len(frame), bound.most)
    if column == "places" and service is not None:
        most[service == "childcare"] = CHILDCARE_PLACES
    small = (values > 0) & (values < bound.least)
    large = np.isfinite(values) & (values > most)

    def _named(bad: NDArray[np.bool_]) -> str:
        pairs = zip(frame["name"][bad], frame["row"][bad], values[bad], strict=True)
        return samples(f"{name or f'row {row}'}: {value:,.10g}" for name, row, value in pairs)

    yield (
        zero,
        f"0 as {words} in {{n}} of {{total}}: {_named(zero)}. 0 counts as none.",
        "Leave the cell empty where it is not known.",
    )
    yield (
        small,
        (
            f"{words} below {bound.least:,g}{unit} in {{n}} of {{total}}: {_named(small)}. "
            "It is used as it stands."
        ),
        "Check the unit of the column (亩, 公顷 and 万㎡ are not m²), and the number."
        if unit
        else "Check the number.",
    )
    for limit in np.unique(most[large]).tolist():
        bad = large & (most == limit)
        of = SERVICES["childcare"][1] if limit == CHILDCARE_PLACES and column == "places" else ""
        yield (
            bad,
            (
                f"{f'{of} ' if of else ''}{words} above {rounded(limit, 0)}{unit} in {{n}} of {{total}}: "
                f"{_named(bad)}. It is used as it stands."
            ),
            "Check the number; a sum of several rows is no single one.",
        )
