"""Columns that nothing is read from, and those of them that could change what counts.

A column under a name that is not known says nothing: if it holds statuses, what has closed still
counts as open. All are listed; what looks like a status, an opening date, a size or coordinates is
a warning, with the key that reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity.errors import Fault
from capacity.inputs.columns import plain, table_of
from capacity.inputs.frames import dates_in, samples
from capacity.inputs.words import STATUS_WORDS, folded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from capacity.inputs.frames import Layer

LOOKED_THROUGH: Final = ("facilities", "planned", "compounds")
"""Tables whose columns that nothing is read from are looked through."""

_MOSTLY: Final = 0.5
_LISTED: Final = 20
_STATUS_NAMES: Final = (
    "状态",
    "是否运营",
    "是否营业",
    "运营情况",
    "营业情况",
    "建设情况",
    "进度",
    "计划",
)
_NO_OPENING: Final = (
    "有效",
    "到期",
    "截止",
    "年检",
    "期限",
    "更新",
    "录入",
    "填报",
    "验收",
    "检查",
)
_SIZES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "facilities": {
        "places": ("托位", "学位", "places"),
        "beds": ("床位", "beds"),
        "land_area": ("用地", "占地", "land"),
        "floor_area": ("建筑面积", "建面", "房屋面积", "使用面积", "floor"),
        "outdoor_area": ("室外", "户外", "outdoor"),
        "venue_area": ("场地面积", "venue"),
    },
    "compounds": {
        "households": ("户数", "households"),
        "elder_floor_area": ("养老用房", "养老服务用房"),
    },
}
"""Table → key → words of a name that may mean it."""
_ORIGINS: Final = frozenset(
    {
        "来源",
        "数据来源",
        "坐标来源",
        "采集来源",
        "采集方式",
        "平台",
        "数据平台",
        "地图",
        "source",
        "origin",
    }
)
"""Names of columns that say where a row is from."""
_NOT_OPEN: Final = (
    r"停业(?!路)|歇业|关停|停办|停运|停用|暂停营业|暂停运营|注销|已撤销|已关闭(?!式)|已拆除|"
    r"(?<![所设])(?<!坐落)(?<!位于)在建(?![筑设业国路档立军材])|正在建设|施工中|筹建|"
    r"建设中(?![路街学心小医里社])|(?<![模虚])拟建|(?<![接招])待建(?![档立议])|"
    r"未建成|未建设|未开工|未投用|未投入|未运营|未开业|未营业|未启用"
)
_IN_BRACKETS: Final = r"撤销|关闭(?!式)|拆除|规划(?![一二三四五六七八九十东西南北中]?[路街道院局馆设展])|计划(?!生育|经济|设计|[路街道院局展])"
_NEVER: Final = r"(?:没有|未曾|从未)(?![开营运投启建])|不再(?=[停歇关暂注拟待在筹])|曾"
_AGAIN: Final = (
    r"(?<![未待])恢复|(?<!未)重新开|(?<![未不非])正常(?:营业|运营|运行|开放)|"
    r"(?<![中平高草太])原(?![因址地料则])"
)
_SAID: Final = re.compile(
    rf"^(?!.*(?:{_NEVER}|{_AGAIN})).*(?<![未无不非没])(?:{_NOT_OPEN})", re.DOTALL
)
_SAID_IN_NAME: Final = re.compile(
    rf"[(（\[【](?![^)）\]】]*(?:{_NEVER}|{_AGAIN}))[^)）\]】]*(?<![未无不非没])"
    rf"(?:{_NOT_OPEN}|{_IN_BRACKETS})[^)）\]】]*[)）\]】]"
    rf"|(?<![未无不非没曾])(?<!没有)(?<!不再)(?:{_NOT_OPEN})$"
)
"""What a remark and a name say of a place that is not there, or not there yet."""
_REMARKS: Final = re.compile("备注|附注|说明|描述|状态|况|现状|remark|note|comment|memo|status")
_WHERE: Final = re.compile("地址|住址|位置|地点|坐落|location|address")
"""Names of columns that remark on a place, and of those that say where it is."""
_PAIR: Final = re.compile(r"[(（]?\s*-?\d{1,3}\.\d+\s*[,，;；、 ]\s*-?\d{1,3}\.\d+\s*[)）]?")


def origins_of(layer: Layer) -> pd.Series[str] | None:
    """Give where each row of a list is from, as its own column of that says.

    Parameters
    ----------
    layer
        Any layer; the text of columns that nothing is read from is held of facilities and compounds.

    Returns
    -------
    Series of str or None
        Trimmed, in the order of the rows; None where no column is called like that.
    """
    for name in layer.unread.columns:
        if plain(str(name)) in _ORIGINS:
            return layer.unread[name].fillna("").astype("str").str.strip()
    return None


def check_unread(layer: Layer, day: dt.date) -> list[Fault]:
    """List the columns that nothing is read from; warn of those that could change what counts.

    Parameters
    ----------
    layer
        Facilities, planned projects or compounds, with the text of such columns.
    day
        The data date.

    Returns
    -------
    list of Fault
        ``columns.unread`` (a fact, of a file: all of them), and as warnings
        ``columns.unread_status`` (cells mostly words of a status, or a name that says so),
        ``columns.unread_dates`` (mostly dates, some after the data date, where no opening date is
        read), ``columns.unread_size`` (mostly numbers under the name of a size that is not read) and
        ``columns.unread_coordinates`` (two numbers in a cell, where no coordinates are read).
    """
    table = layer.key.partition("[")[0]
    sizes = _SIZES.get(table_of(layer.key), {})
    faults = _list(layer)
    for name in layer.unread:
        text = layer.unread[name].fillna("").astype("str").str.strip()
        filled = (text != "").to_numpy(dtype=bool)
        if not filled.any():
            continue
        column = str(name)
        found = _coordinates(layer, column, text, filled) or _size(
            layer, sizes, column, text, filled
        )
        if not found and table == "facilities":
            found = _status(layer, column, text, filled) or _dates(layer, column, text, filled, day)
        faults += found
    return faults


def check_said(layer: Layer, frame: pd.DataFrame, day: dt.date) -> list[Fault]:
    """Warn of facilities that count as open, though their name or a remark says that they are not.

    Parameters
    ----------
    layer
        Facilities, with the text of columns that nothing is read from.
    frame
        The same rows, normalised: ``name``, ``status``, ``opened``, ``closed``.
    day
        The data date.

    Returns
    -------
    list of Fault
        ``facilities.said_not_open``: of names what stands in brackets or at their end (…(已关停)), of
        columns of remarks (备注, 说明) any cell with such a word, unless it says that this is over or
        never was (曾停业,现已恢复). Addresses are not looked at, nor are columns that ``check_unread``
        takes for statuses.
    """
    counts = frame["status"].isin(["", "open"]) & frame["closed"].isna()
    counts &= frame["opened"].isna() | (frame["opened"] <= pd.Timestamp(day))
    known = counts.to_numpy(dtype=bool)
    texts = (
        {layer.columns["name"]: (frame["name"], _SAID_IN_NAME)} if "name" in layer.columns else {}
    )
    for name in layer.unread:
        if _WHERE.search(plain(str(name))) or not _REMARKS.search(plain(str(name))):
            continue
        text = layer.unread[name].fillna("").astype("str").str.strip()
        filled = (text != "").to_numpy(dtype=bool)
        if filled.any() and not _status(layer, str(name), text, filled):
            texts[str(name)] = (text, _SAID)
    return [
        fault
        for column, (text, pattern) in texts.items()
        for fault in _said(layer, column, text, known & _holds(text, pattern))
    ]


def _holds(text: pd.Series[str], pattern: re.Pattern[str]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = text.str.contains(pattern).fillna(value=False).to_numpy(dtype=bool)
    return found


def _said(layer: Layer, column: str, text: pd.Series[str], rows: NDArray[np.bool_]) -> list[Fault]:
    if not rows.any():
        return []
    return [
        Fault(
            severity="warning",
            code="facilities.said_not_open",
            message=f"says in {int(rows.sum())} of {len(rows)} rows, which count as open, that they have "
            f"closed or are not built yet: {samples(text[rows])}.",
            mend="Write 停业, 在建 or 规划 into a column 运营状态 of these rows, or leave them out.",
            file=layer.file,
            column=column,
            rows=tuple(layer.rows[rows].tolist()),
            count=int(rows.sum()),
        )
    ]


def _list(layer: Layer) -> list[Fault]:
    names = [str(name) for name in layer.unread]
    if not names or "[" not in layer.key:
        return []
    shown = ", ".join(names[:_LISTED])
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return [
        Fault(
            severity="info",
            code="columns.unread",
            message=f"columns that nothing is read from: {shown}{more}.",
            mend=f"If one matters, name it in {layer.key}.columns.",
            file=layer.file,
            count=len(names),
        )
    ]


def _is_open_to(layer: Layer, key: str) -> bool:
    """Whether a key has no column, and was not said to have none."""
    return key not in layer.columns and key not in layer.declined


def _warn(
    layer: Layer, code: str, message: str, *, key: str, column: str, rows: NDArray[np.bool_]
) -> list[Fault]:
    mend = f"If so, call the column {key}."
    if "[" in layer.key:
        where = f"{layer.key}.columns.{key}"
        mend = f'If so, set {where} = "{column}"; if not, {where} = "" says so.'
    return [
        Fault(
            severity="warning",
            code=code,
            message=f"is not read, {message}.",
            mend=mend,
            file=layer.file,
            column=column,
            rows=tuple(layer.rows[rows].tolist()),
            count=int(rows.sum()),
        )
    ]


def _status(
    layer: Layer, column: str, text: pd.Series[str], filled: NDArray[np.bool_]
) -> list[Fault]:
    words = {word: STATUS_WORDS.get(folded(word), "") for word in text.unique()}
    meaning = text.map(words).to_numpy(dtype=object)
    known = (meaning != "") & filled
    not_open = known & (meaning != "open")
    if known.sum() >= _MOSTLY * filled.sum():
        if not not_open.any() or "status" in layer.declined:
            return []
        message = f"though its cells say which rows are not open: {samples(text[not_open])}"
        return _warn(
            layer, "columns.unread_status", message, key="status", column=column, rows=not_open
        )
    if not _is_open_to(layer, "status") or not any(w in plain(column) for w in _STATUS_NAMES):
        return []
    message = f"though it may say which rows are open: {samples(text[filled])}"
    return _warn(layer, "columns.unread_status", message, key="status", column=column, rows=filled)


def _dates(
    layer: Layer, column: str, text: pd.Series[str], filled: NDArray[np.bool_], day: dt.date
) -> list[Fault]:
    if not _is_open_to(layer, "opened") or any(word in column for word in _NO_OPENING):
        return []
    dates = dates_in(text)
    is_date = dates.notna().to_numpy(dtype=bool) & filled & ~_plain_numbers(text)
    later = is_date & (dates > pd.Timestamp(day)).to_numpy(dtype=bool)
    if is_date.sum() < _MOSTLY * filled.sum() or not later.any():
        return []
    message = f"though it may say what opens after the data date {day}: {samples(text[later])}"
    return _warn(layer, "columns.unread_dates", message, key="opened", column=column, rows=later)


def _plain_numbers(text: pd.Series[str]) -> NDArray[np.bool_]:
    """Mark plain numbers, which could be years as well as anything else."""
    marked: NDArray[np.bool_] = pd.to_numeric(text, errors="coerce").notna().to_numpy(dtype=bool)
    return marked


def _size(
    layer: Layer,
    sizes: Mapping[str, tuple[str, ...]],
    column: str,
    text: pd.Series[str],
    filled: NDArray[np.bool_],
) -> list[Fault]:
    name = plain(column)
    for key, words in sizes.items():
        if not _is_open_to(layer, key) or not any(word in name for word in words):
            continue
        numbers = filled & text.str.match(r"约?\s*\d").to_numpy(dtype=bool)
        if numbers.sum() < _MOSTLY * filled.sum():
            continue
        message = f"though it may be {key}: {samples(text[numbers])}"
        return _warn(layer, "columns.unread_size", message, key=key, column=column, rows=numbers)
    return []


def _coordinates(
    layer: Layer, column: str, text: pd.Series[str], filled: NDArray[np.bool_]
) -> list[Fault]:
    pairs = filled & text.str.fullmatch(_PAIR).to_numpy(dtype=bool)
    placed = {"x", "y"} & set(layer.columns) or layer.frame.geometry.notna().any()
    if placed or pairs.sum() < _MOSTLY * filled.sum():
        return []
    return [
        Fault(
            severity="warning",
            code="columns.unread_coordinates",
            message="is not read, though its cells hold two coordinates each: "
            f"{samples(text[pairs])}.",
            mend="Split it into two columns (数据 › 分列), 经度 and 纬度, and say the datum.",
            file=layer.file,
            column=column,
            rows=tuple(layer.rows[pairs].tolist()),
            count=int(pairs.sum()),
        )
    ]
