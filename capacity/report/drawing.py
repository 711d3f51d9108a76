"""What every figure is drawn of: the rows of one norm, their names, colours and sizes of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capacity.findings import STATUSES
from capacity.report import labels
from capacity.report.labels import label
from capacity.report.text import clean, never_zero
from capacity.vocabulary import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from capacity.report.labels import Language, Pair
    from capacity.report.view import Group, Row, View

BOUNDS: Final[dict[str, Pair]] = {
    "exact": ("", ""),
    "at_least": ("至少", "at least "),
    "at_most": ("至多", "at most "),
    "known_only": ("已知", "as far as is known "),
}
"""What is said before a shortfall of each bound."""

"""The same in a sign; a number of what is known alone is neither."""

MARKED: Final[dict[str, Pair]] = {
    "at_least": ("≥:有单位缺数据,至少如此", "≥: at least, units without data are left out"),
    "at_most": (
        "≤:有设施未填规模,至多如此",
        "≤: at most, facilities without a figure are left out",
    ),
    "known_only": (
        "已知:仅为已知部分,可能更多或更少",
        "known: of what is known, it may be more or less",
    ),
}
"""What the signs mean."""

INK, GREY, BLUE, RED = "#222222", "#666666", "#4C78A8", "#C8443C"
TITLE, TEXT, SMALL = 12.0, 9.0, 7.5
"""Sizes of text in points."""

SIZE: Final = (7.6, 4.9)
"""Width and height of a figure in inches."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What every figure is drawn of.

    Attributes
    ----------
    view
        The assessment, indexed.
    group
        The norm and measure shown.
    tier
        Tier of the units shown.
    language
        ``zh`` or ``en``.
    """

    view: View
    group: Group
    tier: str
    language: Language

    def say(self, pair: Pair) -> str:
        """Take the side of the language."""
        return label(pair, self.language)

    @property
    def unit(self) -> str:
        """Unit of the amounts."""
        return self.say(labels.QUANTITIES[self.group.measure])

    @property
    def measure(self) -> str:
        """Name of the measure."""
        return labels.measure_name(self.group.measure, self.group.norm.service, self.language)

    @property
    def amounts(self) -> str:
        """Name of the measure with its unit, for an axis; the unit alone is said once."""
        if self.measure == self.unit:
            return self.unit
        return self.say((f"{self.measure}({self.unit})", f"{self.measure} ({self.unit})"))

    def rows(self) -> list[Row]:
        """Rows of the units of the tier, their own or the sums of their units."""
        codes = [unit.code for unit in self.view.units_of(self.tier)] or [self.view.root]
        found = [self.view.shown(code, self.group) for code in codes]
        return [row for row in found if row is not None]

    def short_names(self) -> dict[str, str]:
        """Code → name without the name of the whole area before it, where all have it."""
        root = self.view.units[self.view.root]
        units = self.view.units_of(self.tier) or (root,)
        names = {unit.code: clean(unit.name) for unit in units}
        whole = clean(root.name)
        if whole and all(n.startswith(whole) and n != whole for n in names.values()):
            return {code: name.removeprefix(whole) for code, name in names.items()}
        return names

    def status(self, status: str) -> str:
        """Name a status."""
        return self.say(STATUSES[status])

    def mark_notes(self, bounds: Iterable[str]) -> list[str]:
        """Say what the signs of some bounds mean, each once."""
        found = set(bounds)
        return [self.say(words) for bound, words in MARKED.items() if bound in found]

    def amount(self, value: float) -> str:
        """Write an amount of the measure."""
        return never_zero(value, 1 if self.group.measure in labels.AREAS else 0)


def is_share(group: Group) -> bool:
    """Whether what is shown of a norm are people in reach, and not what is missing.

    Parameters
    ----------
    group
        A norm and measure.

    Returns
    -------
    bool
        True for the circles.
    """
    return group.measure in GROUPS or group.measure == "capacity_limited"


def new_axes() -> Axes:
    """Make the axes of a figure of their own.

    Returns
    -------
    Axes
        Of a figure of ``SIZE``, laid out so that nothing is cut off.
    """
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=SIZE, layout="constrained")[1]
