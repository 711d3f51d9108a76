"""What of a fault is the same in every language: cells, names, keys to set, commands to run.

Messages and mends are English sentences, but what they are about is not: the words that stand in a
cell, the columns of a file, ``facilities[1].datum = "EPSG:4547"``. Such literals are written in one
form each, so that the Chinese part of a message can have them too::

    '社区托育中心'                       what stands there
    Did you mean '社区托育点'?            what was probably meant
    Columns found: code, name.           what there is (also Layers, Sheets, Known)
    Say facilities[1].datum = "bd09".    a key of area.toml, with or without its value
    `python -m pip install …`            a command
    in 2 of 14 rows                      how many of how many
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from capacity.exact import percent
from capacity.problems import PROBLEMS
from capacity.vocabulary import (
    ACQUISITIONS,
    FACILITY_STATUSES,
    FACILITY_TYPES,
    GROUPS,
    OPERATORS,
    SERVICES,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    from capacity.errors import Fault

_TABLES: Final = (
    "study_area|population|units|facilities|planned|compounds|figures|census|walking|candidates"
    "|siting|parameters"
)
_QUOTED: Final = re.compile(r"(?<![\w'])'((?:[^']|'(?=\w))*)'(?!\w)")
_NEAR: Final = re.compile(r"Did you mean ['\"](.+?)['\"]\?")
_KNOWN: Final = re.compile(
    r"(?:\b(?:Columns found|Layers found|Sheets found|Found|Known|Nearest|Take one of|Write one of"
    r"|has several (?:layers|bands|sheets)|The [a-z ]+ are|could be [\w ]+):|; it has) ?"
    r"(.+?)(?:\.(?=\s|$)|$)"
)
_NAMED: Final = re.compile(r"(?:known by their names|nothing is read from): (.+?)\.(?=\s|$)")
_GOT: Final = re.compile(r"should be (.+), got (.+)\.$")
_SUFFIXES: Final = (
    "csv|tsv|txt|xlsx?|xlsm|et|gpkg|geojson|json|shp|dbf|cpg|shx|fgb|gdb|kml|parquet|tiff?|vrt|img|asc|nc"
    "|zarr|pbf|graphml|npz|zip|toml"
)
_VALUE: Final = r"\"[^\"]*\"|true|false|\d+(?:\.\d+)*"
_KEY: Final = re.compile(
    rf"(?<![\w./])(?:{_TABLES})(?:\[\d+\])?(?!\.(?:{_SUFFIXES})\b)(?:\.\w+)+(?: = (?:{_VALUE}))?"
)
_KEY_IN_TABLE: Final = re.compile(rf"(\w+)( = (?:{_VALUE}))? (?:in|to) \[+({_TABLES})\]+")
_NOTHING: Final = re.compile(r"(?!)")
_COMMAND: Final = re.compile(r"`(.+?)`")
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z-]+(?: [A-Z]+\b)?")
_EPSG: Final = re.compile(r"EPSG:\d+")
_OF: Final = re.compile(r"\bin ([\d,]+) of ([\d,]+) (rows?|units?)")
_FROM: Final = re.compile(r"Choose (\d{4}-\d{2}-\d{2}) or a later date")
_MORE: Final = re.compile(r"' and (\d[\d,]*) more")
_IN_CELLS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "units.overlap": (re.compile(r"(\S+) and (\S+)"), r"\1 和 \2"),
    "units.sliver": (re.compile(r"(\S+) and (\S+)"), r"\1 和 \2"),
    "columns.recognised": (re.compile(r"(.+) is (\w+)"), r"\1 即 \2"),
    "table.fraction": (re.compile(r"(\S+) may mean (\S+)"), r"\1 或指 \2"),
    **dict.fromkeys(
        ("units.parent_tier", "units.unknown_parent", "units.outside_parent"),
        (re.compile(r"(\S+) under (\S+)"), r"\1 的上级为 \2"),
    ),
    **dict.fromkeys(
        (
            *("facilities.unit_read", "compounds.unit_read", "candidates.unit_read"),
            *("units.parent_by_name", "units.parent_of_code"),
        ),
        (re.compile(r"(.+) is (\S+)"), r"\1 即 \2"),
    ),
    **dict.fromkeys(
        ("census.unit_by_name", "figures.unit_by_name"),
        (re.compile(r"(.+?) is (.+ \(\S+\))"), r"\1 即 \2"),
    ),
    **dict.fromkeys(
        ("facilities.implausible", "compounds.implausible"),
        (re.compile(r"row (\d+): (.+)"), r"行\1:\2"),
    ),
}
"""Code → what is quoted as a pair, whole, and the same in Chinese; nothing else that is quoted changes."""
_EXPECTED: Final = (
    (re.compile(r"greater than or equal to (\S+)"), r"不小于 \1"),
    (re.compile(r"less than or equal to (\S+)"), r"不大于 \1"),
    (re.compile(r"greater than (\S+)"), r"大于 \1"),
    (re.compile(r"less than (\S+)"), r"小于 \1"),
    (re.compile(r"text"), "文字(加英文引号)"),
    (re.compile(r"text of at least \d+ characters?"), "文字,不能为空"),
    (re.compile(r"text of at most (\d+) characters?"), r"至多 \1 个字"),
    (re.compile(r"a valid number.*|a finite number"), "数字"),
    (re.compile(r"a valid integer.*"), "整数"),
    (re.compile(r"a valid boolean.*"), "true 或 false"),
    (re.compile(r"a valid date.*"), "日期,如 2025-12-31"),
    (re.compile(r"a valid (?:list|tuple).*"), "列表,用方括号"),
    (re.compile(r"a valid dictionary.*"), "表,用花括号"),
)
_WORDS: Final = {
    name: labels[0]
    for table in (
        ACQUISITIONS,
        FACILITY_STATUSES,
        GROUPS,
        OPERATORS,
        SERVICES,
        UNIT_TYPES,
        FACILITY_TYPES,
    )
    for name, labels in table.items()
}
_PLACE: Final = re.compile(r"([\d.]+) to ([\d.]+) E, ([\d.]+) to ([\d.]+) N")
_TABLE_HEAD: Final = re.compile(r"Write (\[+\w+\]+)")
_SOURCES: Final = {"GCJ-02": "高德、腾讯", "BD-09": "百度"}
_AGAINST: Final = re.compile(r"against (population|units\S*) ")
_WITNESSES: Final = {"population": "对人口 ", "units": "对单元 "}
_SHOWN: Final = 3
_LONGEST: Final = 30
_KNOWN_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Literals:
    """What of a fault is the same in every language.

    Attributes
    ----------
    values, more
        What stands there, and how many further ones are not named.
    expected
        What should stand there, in Chinese; empty where the message does not say.
    known
        What there is instead, or what is known; words of our lists with their Chinese.
    near
        Which of them was probably meant.
    write
        What to set or run: keys of area.toml with their values, options, commands.
    of
        Of how many rows or units the fault concerns some; 0 where it is not said.
    """

    values: tuple[str, ...] = ()
    more: int = 0
    expected: str = ""
    known: tuple[str, ...] = ()
    near: str = ""
    write: tuple[str, ...] = ()
    of: int = 0


def literals(fault: Fault) -> Literals:
    """Take what is the same in every language out of a fault.

    Parameters
    ----------
    fault
        Any fault.

    Returns
    -------
    Literals
        Empty where its message has none.

    Examples
    --------
    >>> from capacity.errors import Fault
    >>> found = literals(
    ...     Fault(
    ...         severity="error",
    ...         code="columns.missing",
    ...         message="no such column. Columns found: code, name.",
    ...         mend="Did you mean 'code'? Correct units[1].columns.code.",
    ...     )
    ... )
    >>> found.known, found.near, found.write
    (('code', 'name'), 'code', ('units[1].columns.code',))
    """
    text = f"{fault.message} {fault.mend}"
    near = _NEAR.search(text)
    known = _KNOWN.search(text)
    of = _OF.search(fault.message)
    more = _MORE.search(fault.message)
    got = _GOT.search(fault.message)
    return Literals(
        values=_values(fault, got),
        more=int(more[1].replace(",", "")) if more and not fault.values else 0,
        expected=_expected(got[1]) if got else "",
        known=_listed(known[1]) if known else (),
        near=near[1] if near else "",
        write=fault.write or _writable(fault.mend),
        of=int(of[2].replace(",", "")) if of else 0,
    )


def found_in_chinese(fault: Fault) -> list[str]:
    """Say in Chinese what stands there, what should, what there is, and what was probably meant.

    Parameters
    ----------
    fault
        Any fault.

    Returns
    -------
    list of str
        Parts such as ``「cod」``, ``应为 大于 0``, ``可选 code、name``, ``疑为「code」``.
    """
    found = literals(fault)
    values = "、".join(f"「{_cut(value)}」" for value in found.values[:_SHOWN])
    total = len(found.values) + found.more
    said = "、".join(fault.found_zh)
    parts = [
        said or values + (f"等{total}个" if values and total > _SHOWN else ""),
        f"应为 {found.expected}" if found.expected else "",
        f"可选 {'、'.join(map(_cut, found.known))}" if found.known else "",
        f"疑为「{_cut(found.near)}」" if found.near else "",
        *(f"可用 {day} 及以后的日期" for day in _FROM.findall(fault.message)),
        _fits(fault),
    ]
    return [part for part in parts if part]


def _fits(fault: Fault) -> str:
    """Say how well each reading fits: ``吻合:WGS 84 72.4%、GCJ-02(高德、腾讯)57.9%``."""
    said = "、".join(f"{name} {percent(share)}" for name, share in fault.shares)
    said = _AGAINST.sub(lambda found: _WITNESSES.get(found[1], f"对单元 {found[1]} "), said)
    for datum, sources in _SOURCES.items():
        said = said.replace(f"{datum} ", f"{datum}({sources})")
    return f"吻合:{said}" if said else ""


def mend_in_chinese(fault: Fault) -> str:
    """Say in Chinese how to mend a fault: in general, and what exactly to set or run.

    Parameters
    ----------
    fault
        Any fault.

    Returns
    -------
    str
        ``…改为文件里已有的字段名。设置项:units[1].columns.code``; empty for a code without Chinese words.
    """
    if fault.code not in PROBLEMS:
        return ""
    _, mend = PROBLEMS[fault.code]
    new = [text for text in literals(fault).write if text not in mend]
    keys = [text for text in new if _KEY.fullmatch(text) and " = " not in text]
    write = [
        f"{text}(不读该列)" if text.endswith('""') else text for text in new if text not in keys
    ]
    said = [(keys, "设置项:"), (write, "运行:" if _COMMAND.search(fault.mend) else "可写:")]
    return " ".join([mend, *(head + "、".join(texts) for texts, head in said if texts)])


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"


def _values(fault: Fault, got: re.Match[str] | None) -> tuple[str, ...]:
    """Give what stands there: the cells of the fault, else what its message quotes."""
    if fault.values:
        return fault.values
    if got:
        return (got[2].strip("'"),)
    said = _KNOWN.sub("", _NEAR.sub("", fault.message))
    named = _NAMED.search(said)
    written = named[1].split(", ") if named else _QUOTED.findall(said)
    found = [_in_chinese(text, fault.code) for text in written]
    places = [f"东经{w}至{e}、北纬{s}至{n}" for w, e, s, n in _PLACE.findall(said)]
    codes = [] if found else _EPSG.findall(said)
    return tuple(dict.fromkeys([*found, *places, *codes]))


def _in_chinese(quoted: str, code: str) -> str:
    pattern, chinese = _IN_CELLS.get(code, (_NOTHING, ""))
    pair = pattern.fullmatch(quoted)
    return pair.expand(chinese) if pair else quoted


def _expected(said: str) -> str:
    for pattern, chinese in _EXPECTED:
        if found := pattern.fullmatch(said):
            return found.expand(chinese)
    words = _QUOTED.findall(said)
    return "、".join(words)


def _listed(said: str) -> tuple[str, ...]:
    words = [word.strip().strip("'") for word in re.split(r",\s|\sor\s", said)]
    named = [f"{_WORDS[word]}({word})" if word in _WORDS else word for word in words if word]
    if len(named) > _KNOWN_SHOWN:
        return (*named[:_KNOWN_SHOWN], f"等{len(named)}个")
    return tuple(named)


def _writable(mend: str) -> tuple[str, ...]:
    """Take keys, options and commands; a key with its value stands for the key alone."""
    commands = _COMMAND.findall(mend)
    rest = _QUOTED.sub("", _NEAR.sub("", _COMMAND.sub("", mend)))
    keys = [f"{table}.{key}{value}" for key, value, table in _KEY_IN_TABLE.findall(rest)]
    found = [*commands, *_TABLE_HEAD.findall(rest), *_KEY.findall(rest), *keys]
    if not commands:
        found += _OPTION.findall(rest)
    alone = {text.split(" = ")[0] for text in found if " = " in text}
    return tuple(dict.fromkeys(text for text in found if text not in alone))
