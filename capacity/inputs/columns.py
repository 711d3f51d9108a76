"""Which column is which: by the name that area.toml declares, else by the table of aliases."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from capacity.errors import Fault
from capacity.inputs.aliases import ALIASES, REQUIRED, Names
from capacity.inputs.config import nearest
from capacity.inputs.numbers import NO_UNIT, Unit, unit_of
from capacity.vocabulary import FIGURES, GROUPS, POPULATION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BRACKETS: Final = re.compile(r"[(\[{【〔《<]([^)\]}】〕》>]*)[)\]}】〕》>]")
_TAIL: Final = re.compile(r"[/:_,、]([^/:_,、]+)$")
_DASHES: Final = str.maketrans("—–－―~～至", "-------")
_REMARKS: Final = re.compile(r"必填|选填|可选|示例|如有|required|optional", flags=re.IGNORECASE)
_YEAR: Final = re.compile(r"^(19|20)\d\d年?(末|底)?$")
_LED: Final = re.compile(r"^\s*(19|20)\d\d年[末底度]?(?=\D)")
_PEOPLE: Final = re.compile("人口|人数")
_OLD_YEARS: Final = 2
_RANK_WEAK: Final = 2
_SHOWN: Final = 3


def plain(name: str) -> str:
    """Write a column's name as aliases are compared.

    Full-width forms, case and spaces do not matter, nor a unit, a year or a remark such as 必填 in
    brackets; any other word in brackets stays.

    Examples
    --------
    >>> plain("建筑面积（㎡）"), plain(" 0—3 岁 "), plain("常住人口(女)")
    ('建筑面积', '0-3岁', '常住人口(女)')
    """
    return _split(name)[0]


def unit_in(name: str) -> Unit:
    """Read the unit in a column's name: ``建筑面积(亩)``, ``常住人口/万人``; none if there is none.

    Examples
    --------
    >>> unit_in("常住人口（万人）")
    Unit(tens=4, word='人')
    """
    return _split(name)[1]


def _split(name: str) -> tuple[str, Unit]:
    text = "".join(unicodedata.normalize("NFKC", name).lower().split()).strip("*★:")
    text = text.removeprefix("其中").lstrip(":、,") or text
    unit = NO_UNIT
    for found in _BRACKETS.finditer(text):
        inner = found[1].removeprefix("单位").strip(":")
        said = unit_of(inner)
        if said is not None:
            unit = said
        if said is not None or _YEAR.match(inner) or _REMARKS.search(inner) or not inner:
            text = text.replace(found[0], "")
    tail = _TAIL.search(text)
    if tail is not None and (said := unit_of(tail[1].removeprefix("单位"))) is not None:
        text, unit = text[: tail.start()], said
    return text.translate(_DASHES), unit


def counts_dwellings(name: str) -> bool:
    """Tell whether a column goes by a name of dwellings or households.

    Examples
    --------
    >>> counts_dwellings("户数(户)"), counts_dwellings("人口")
    (True, False)
    """
    return plain(name) in {alias for names in ALIASES["population"]["dwellings"] for alias in names}


def table_of(key: str) -> str:
    """Say which table of names a layer goes by: that of its table in area.toml, mostly.

    Examples
    --------
    >>> table_of("units[2]"), table_of("planned[1]")
    ('units', 'facilities')
    """
    name = key.partition("[")[0]
    return "facilities" if name == "planned" else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of a layer's columns.

    Attributes
    ----------
    key
        Its table in area.toml, such as ``facilities[2]``; ``facilities`` for a frame in memory.
    file
        The file as written; in faults.
    declared
        Key → column as area.toml says; empty for a key that has no column.
    given
        Keys that have one value for all rows, and are not looked for.
    unsought
        Keys that are taken only where they are declared.
    in_memory
        Whether it is a frame in memory, whose mends differ and where our own names stand in order.
    places
        Whether coordinates are looked for: not where the layer has geometries.
    year
        Of the data date, which years in names of columns of people are compared with; None where
        there is none.
    """

    key: str
    file: str
    declared: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    unsought: frozenset[str] = frozenset()
    in_memory: bool = False
    places: bool = True
    year: int | None = None

    @property
    def table(self) -> str:
        """The table's name without its number; planned projects have the columns of facilities."""
        return table_of(self.key)

    def say(self, key: str) -> str:
        """Say where a column is named."""
        return f"{self.key}.columns.{key}"

    def fault(self, code: str, message: str, mend: str, column: str = "") -> Fault:
        """Make an error about these columns."""
        return Fault(
            severity="error", code=code, message=message, mend=mend, file=self.file, column=column
        )


def find_columns(names: Sequence[str], wanted: Wanted) -> tuple[dict[str, str], list[Fault]]:
    """Find the column of every key that the layer has.

    A declared name goes first. A key that is not declared is looked for by its aliases among the
    columns that no other key has; two columns for one key are an error, and so is a key that the
    table cannot do without.

    Parameters
    ----------
    names
        Columns of the layer as written.
    wanted
        Which table it is, and what area.toml says.

    Returns
    -------
    tuple
        Key → column, and the faults: ``columns.missing``, ``columns.ambiguous``,
        ``columns.duplicate``, and ``columns.recognised`` (a fact). Of people, a column with a year
        in its name that is not declared: ``columns.later_year`` (after the data date: not taken),
        ``columns.earlier_year`` (a warning, more than two years before it), and
        ``columns.several_years`` (of groups).
    """
    declared = {key: name for key, name in wanted.declared.items() if name}
    found = {key: name for key, name in declared.items() if name in names}
    faults = [_not_there(key, name, names, wanted) for key, name in declared.items()
              if name not in names]  # fmt: skip
    recognised: dict[str, str] = {}
    asked: set[str] = set()
    for key, aliases in ALIASES[wanted.table].items():
        if (
            key in wanted.declared
            or key in wanted.unsought
            or (key in {"x", "y"} and not wanted.places)
        ):
            continue
        if key in wanted.given:
            if not wanted.in_memory:
                continue
            aliases = (aliases[0], (), ())  # noqa: PLW2901  a column of ours goes before the value
        free = [name for name in dict.fromkeys(names) if name not in declared.values()]
        matches = _matches(free, aliases, in_order=wanted.in_memory)
        if not matches and key in GROUPS:
            matches = _dated(free, aliases)
        if doubt := _doubt(key, matches, wanted):
            faults.append(doubt)
            asked.add(key)
        elif matches:
            recognised[key] = matches[0]
    faults += _taken_twice(recognised, wanted)
    found |= recognised
    faults += _doubled(found, names, wanted)
    faults += _other_years(recognised, found, wanted)
    needed = [key for key in _needed(wanted) if key not in {*found, *declared, *asked}]
    faults += [_not_found(key, names, found, wanted) for key in needed]
    numbers = _NUMBERS.get(wanted.table, ())
    if numbers and not needed and not {*found, *declared, *asked} & set(numbers):
        faults.append(_no_number(names, wanted))
    ours = {key for key, name in recognised.items() if name in ALIASES[wanted.table][key][0]}
    if reported := {k: v for k, v in recognised.items() if not (wanted.in_memory and k in ours)}:
        faults.append(_recognised(reported, wanted))
    return found, faults


def _needed(wanted: Wanted) -> list[str]:
    return [k for k in REQUIRED[wanted.table] if k not in wanted.given | wanted.unsought]


def _matches(names: Sequence[str], aliases: Names, *, in_order: bool) -> list[str]:
    """Give the columns that a key may mean: those of the best rank that has any."""
    by_plain: dict[str, list[str]] = {}
    for name in names:
        by_plain.setdefault(plain(name), []).append(name)
    for rank, known in enumerate(aliases):
        if rank == 0:
            # our own names may end in a unit of their own, such as land_area_m2
            hits = [name for alias in known for name in names if _same(name, alias)]
            hits += [n for alias in known for n in by_plain.get(alias, []) if n not in hits]
            if hits and in_order:
                return hits[:1]
        else:
            hits = [name for alias in known for name in by_plain.get(plain(alias), [])]
        if hits:
            return list(dict.fromkeys(hits))
    return []


def _dated(names: Sequence[str], aliases: Names) -> list[str]:
    """Give the columns whose names begin with a year: 2024年末常住人口."""
    rest = {name: _LED.sub("", name) for name in names if _LED.match(name)}
    hits = _matches(list(rest.values()), aliases, in_order=False)
    return [name for name, said in rest.items() if said in hits]


def _year_of(name: str) -> int | None:
    """Read the year in front of a column's name or in brackets in it; None if there is none."""
    text = unicodedata.normalize("NFKC", name).strip()
    inner = (found[1].strip() for found in _BRACKETS.finditer(text))
    years = [text[:4]] if _LED.match(text) else [said[:4] for said in inner if _YEAR.match(said)]
    return int(years[0]) if years else None


def _doubt(key: str, matches: Sequence[str], wanted: Wanted) -> Fault | None:
    """Ask where several columns could be a key, or one of people is of after the data date."""
    if len(matches) > 1:
        return _ambiguous(key, matches, wanted)
    if not matches or key not in GROUPS or wanted.year is None:
        return None
    later = (_year_of(matches[0]) or wanted.year) > wanted.year
    return _later_year(key, matches[0], wanted) if later else None


def _later_year(key: str, name: str, wanted: Wanted) -> Fault:
    """Ask about a column of people whose year is after the data date: of a plan, mostly."""
    fault = wanted.fault(
        "columns.later_year",
        f"could be {key}, but {_year_of(name)} is after the data date ({wanted.year}).",
        f"If it is meant, call the column {key}.",
        name,
    )
    if wanted.in_memory:
        return fault
    lines = (f'{wanted.say(key)} = "{name}"', f'{wanted.say(key)} = ""')
    mend = f"If it is meant, set {lines[0]}; if not, {lines[1]} says so."
    return replace(fault, mend=mend, write=lines)


def _other_years(
    recognised: Mapping[str, str], found: Mapping[str, str], wanted: Wanted
) -> list[Fault]:
    """Warn of people of long before the data date; ask about groups of several years."""
    dated = {
        key: (name, year)
        for key, name in recognised.items()
        if key in GROUPS and (year := _year_of(name)) is not None
    }
    if wanted.year is None or not dated:
        return []
    faults = [
        replace(
            wanted.fault(
                "columns.earlier_year",
                f"is taken for {key}, though {year} is more than {_OLD_YEARS} years before the data "
                f"date ({wanted.year}).",
                "Use people of the data date; if these are meant, "
                + (
                    f"call the column {key}."
                    if wanted.in_memory
                    else f'set {wanted.say(key)} = "{name}".'
                ),
                name,
            ),
            severity="warning",
        )
        for key, (name, year) in dated.items()
        if year < wanted.year - _OLD_YEARS
    ]
    if len({_year_of(name) for key, name in found.items() if key in GROUPS} - {None}) > 1:
        pairs = ", ".join(f"{name} is {key}" for key, (name, _) in dated.items())
        lines = tuple(f'{wanted.say(key)} = "{name}"' for key, (name, _) in dated.items())
        several = wanted.fault(
            "columns.several_years",
            f"groups of people of several years: {pairs}.",
            f"If they go together, call the columns {', '.join(dated)}."
            if wanted.in_memory
            else f"If they go together, set {', '.join(lines)}.",
        )
        faults.append(several if wanted.in_memory else replace(several, write=lines))
    return faults


def _same(name: str, alias: str) -> bool:
    return name.strip().lower() == alias


def _not_there(key: str, name: str, names: Sequence[str], wanted: Wanted) -> Fault:
    used = {other for k, other in wanted.declared.items() if k != key}
    return missing_column(name, names, wanted.file, wanted.say(key), used=used)


def missing_column(
    name: str, names: Sequence[str], file: str, key: str, *, used: set[str] | None = None
) -> Fault:
    """Report a column that is asked for and not there, with the nearest that is not used."""
    near = nearest(name, [n for n in names if n not in (used or set())])
    hint = f"Did you mean '{near}'? " if near else ""
    return Fault(
        severity="error",
        code="columns.missing",
        message=f"no such column. Columns found: {listed(names)}.",
        mend=f"{hint}Correct {key}.",
        file=file,
        column=name,
    )


def blame_encoding(faults: Sequence[Fault]) -> list[Fault]:
    """Name the encoding as the likely cause of columns that are not found in a garbled table.

    Parameters
    ----------
    faults
        Of one file.

    Returns
    -------
    list of Fault
        The same; where its words may be garbled, ``columns.missing`` becomes ``columns.garbled``.
    """
    doubt = next((f for f in faults if f.code == "file.encoding_doubtful"), None)
    if doubt is None:
        return list(faults)
    likely = "Big5" if "Big5" in doubt.mend else "another encoding"
    return [
        replace(
            fault,
            code="columns.garbled",
            message=f"no such column: the names look garbled, the file is probably in {likely}.",
            mend="Open it in that encoding in Excel or WPS and save it as CSV UTF-8.",
        )
        if fault.code == "columns.missing"
        else fault
        for fault in faults
    ]


def listed(names: Sequence[str]) -> str:
    """List the columns of a layer for a message, each name once."""
    return ", ".join(name for name in dict.fromkeys(names) if name and name != "geometry") or "none"


def _not_found(
    key: str, names: Sequence[str], found: Mapping[str, str], wanted: Wanted
) -> Fault:  # fmt: skip
    own, certain, _ = ALIASES[wanted.table][key]
    free = [name for name in names if name not in found.values()]
    near = nearest(certain[0] if certain else own[0], free) or nearest(own[0], free)
    if wanted.in_memory:
        return wanted.fault(
            "columns.missing",
            f"no such column. Columns found: {listed(names)}.",
            f"Add a column {' or '.join(own)}.",
            own[0],
        )
    one = {"service": "service", "type": "type"}.get(key)
    constant = f", or {wanted.key}.{one} if it is the same for every row" if one else ""
    hint = f"Did you mean '{near}'? " if near else ""
    homes = [name for name in free if counts_dwellings(name)]
    if wanted.table == key == "population" and homes:
        hint = f'If {homes[0]} is dwellings, say columns = {{ dwellings = "{homes[0]}" }}. '
    fault = wanted.fault(
        "columns.missing",
        f"no column that goes by a name for {key}, such as {' or '.join([*own, *certain][:3])}. "
        f"Columns found: {listed(names)}.",
        f"{hint}Say which it is with {wanted.say(key)}{constant}.",
    )
    return replace(fault, values=(*certain, *own)[:1])


_NUMBERS: Final = {"figures": tuple(FIGURES), "census": tuple(GROUPS)}
"""Tables that are of no use without one of these keys."""


def _no_number(names: Sequence[str], wanted: Wanted) -> Fault:
    what = {"figures": "a figure", "census": "a group of people"}[wanted.table]
    few = ", ".join(_NUMBERS[wanted.table][:2])
    mend = f"Call the columns by the ids or the Chinese names of {what}, such as {few}"
    also = "." if wanted.in_memory else f", or name them in {wanted.key}.columns."
    message = f"no column is {what}. Columns found: {listed(names)}."
    fault = wanted.fault("columns.missing", message, mend + also)
    people = [name for name in dict.fromkeys(names) if _PEOPLE.search(name)]
    if wanted.table != "census" or wanted.in_memory or not people:
        return fault
    keys = tuple(f'{wanted.say(POPULATION)} = "{name}"' for name in people)
    return replace(
        fault, mend=f"{fault.mend} If it will do for everyone: {' or '.join(keys)}.", write=keys
    )


def _ambiguous(key: str, matches: Sequence[str], wanted: Wanted) -> Fault:
    mend = (
        "Keep one of them."
        if wanted.in_memory
        else f'Say which with {wanted.say(key)}, or {wanted.say(key)} = "" if none is.'
    )
    return Fault(
        severity="error",
        code="columns.ambiguous",
        message=f"{len(matches)} columns could be {key}: {', '.join(matches)}.",
        mend=mend,
        file=wanted.file,
        item=key,
        write=()
        if wanted.in_memory
        else tuple(f'{wanted.say(key)} = "{name}"' for name in (*matches[:_SHOWN], "")),
    )


def _taken_twice(recognised: dict[str, str], wanted: Wanted) -> list[Fault]:
    """Refuse a column that two keys go by; our table of aliases has none, a declaration might."""
    keys: dict[str, list[str]] = {}
    for key, name in recognised.items():
        keys.setdefault(name, []).append(key)
    return [
        wanted.fault(
            "columns.ambiguous",
            f"could be {' or '.join(of)}.",
            f"Say which with {wanted.key}.columns.",
            name,
        )
        for name, of in keys.items()
        if len(of) > 1
    ]


def _doubled(found: Mapping[str, str], names: Sequence[str], wanted: Wanted) -> list[Fault]:
    """Refuse to choose between two columns of one name."""
    return [
        wanted.fault(
            "columns.duplicate",
            f"{list(names).count(name)} columns have this name.",
            "Rename them so that each has its own.",
            name,
        )
        for name in dict.fromkeys(found.values())
        if list(names).count(name) > 1
    ]


def _recognised(recognised: Mapping[str, str], wanted: Wanted) -> Fault:
    pairs = ", ".join(n if n == k else f"{n} is {k}" for k, n in recognised.items())
    mend = (
        "" if wanted.in_memory else f'Say otherwise in {wanted.key}.columns; "" leaves a key out.'
    )
    return Fault(
        severity="info",
        code="columns.recognised",
        message=f"columns known by their names: {pairs}.",
        mend=mend,
        file=wanted.file,
        count=len(recognised),
    )
