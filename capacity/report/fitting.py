"""Tables and lines that fit a terminal however narrow it is: no number and no word is torn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from capacity.report.text import width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

_LEAST: Final = 12
_CELL: Final = 16
_WIDE: Final = 10_000


@dataclass(frozen=True)
class Wrapped:
    """A text wrapped to the width of the terminal, words and numbers whole.

    Attributes
    ----------
    text
        The text.
    indent
        Blanks before each line.
    style
        Of all of it.
    """

    text: str
    indent: int = 0
    style: str = ""

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        lines = wrap(self.text, options.max_width - self.indent)
        before = " " * self.indent
        yield Text("\n".join(before + line for line in lines), style=self.style)


@dataclass(frozen=True)
class Fitted:
    """A table that fits the terminal: one column is wrapped, and columns at the right give way.

    Attributes
    ----------
    title, heads, rows
        What stands in it.
    right
        Columns that are set at the right.
    wrapped
        The column that takes the room that the others leave; words and numbers stay whole.
    kept
        How many columns stay however narrow the terminal is; all where it is 0.
    continued
        What has no room beside them follows in a further table, which repeats them; else it is left
        out.
    totals
        How many rows at the top are totals.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Text]]
    right: Sequence[int]
    wrapped: int
    kept: int = 0
    continued: bool = False
    totals: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the title, and the table in as many parts as it takes."""
        yield Wrapped(self.title, style="bold")
        for columns in self._parts(console, options):
            room = self._room(console, options, columns)
            yield self._table(columns, max(room, _LEAST))

    def _parts(self, console: Console, options: ConsoleOptions) -> Iterator[list[int]]:
        """Choose the columns of each table: as many as have room, one at least if more are to come."""
        kept = self.kept or len(self.heads)
        fixed, rest = list(range(kept)), list(range(kept, len(self.heads)))
        least = 1 if self.continued else 0
        while True:
            n = len(rest)
            while n > least and self._room(console, options, fixed + rest[:n]) < _LEAST:
                n -= 1
            yield fixed + rest[:n]
            rest = rest[n:] if self.continued else []
            if not rest:
                return

    def _room(self, console: Console, options: ConsoleOptions, columns: Sequence[int]) -> int:
        """Measure what all other columns leave to the one that is wrapped."""
        bare = console.measure(self._table(columns, 0), options=options.update(max_width=_WIDE))
        head = width(self.heads[self.wrapped])
        longest = max((width(row[self.wrapped].plain) for row in self.rows), default=head)
        room = options.max_width - bare.maximum + head
        return max(room, _LEAST) if room >= longest else room

    def _table(self, columns: Sequence[int], room: int) -> Table:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
        for i in columns:
            table.add_column(
                Text(self.heads[i]), justify="right" if i in self.right else "left", overflow="fold"
            )
        for at, row in enumerate(self.rows, start=1):
            cells = [row[i] for i in columns]
            said = row[self.wrapped]
            lines = wrap(said.plain, room) if room else []
            cells[columns.index(self.wrapped)] = Text("\n".join(lines), style=said.style)
            last = at == self.totals < len(self.rows)
            table.add_row(*cells, style="bold" if at <= self.totals else "", end_section=last)
        return table


def broken(text: str) -> str:
    r"""Break a long cell before its bracket.

    Examples
    --------
    >>> broken("仅报告(缺口 4,892.1)"), broken("0.0%(缺口 6)")
    ('仅报告\n(缺口 4,892.1)', '0.0%(缺口 6)')
    """
    if width(text) <= _CELL or "(" not in text:
        return text
    said, _, rest = text.partition("(")
    return f"{said.rstrip()}\n({rest}"
