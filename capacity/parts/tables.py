"""Answers as tables: what a part writes down, and what is put together from all parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from capacity.assess.people import Scaling
from capacity.assess.pockets import MEMBERS, largest_of
from capacity.demand import Account
from capacity.reach.pairs import Starts
from capacity.reach.sets import FacilitySets, grouped
from capacity.vocabulary import POPULATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from capacity.assess.answers import Question
    from capacity.assess.context import Circle, Context

QUESTION: Final = "question"
LISTED: Final = "listed"
"""Whether a row of pockets has cells."""
_ACCOUNT: Final = Account._fields


def table_of(number: int, question: Question, answer: Any) -> pa.Table:
    """Lay an answer out as rows.

    Parameters
    ----------
    number
        Of the question, a column of its own.
    question
        Its name.
    answer
        What was answered.

    Returns
    -------
    Table
        Columns that the kind of question has.
    """
    table = pa.Table.from_pandas(_rows(question, answer), preserve_index=False)
    table = table.replace_schema_metadata(None)
    column = pa.array(np.full(table.num_rows, number, dtype=np.int32))
    return table.add_column(0, QUESTION, column)


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Put tables of different columns together; what a row has not is empty."""
    some = list(tables)
    if not some:
        return pa.table({QUESTION: pa.array([], pa.int32())})
    return pa.concat_tables(some, promote_options="permissive")


def _rows(question: Question, answer: Any) -> pd.DataFrame:
    if question.kind not in _ROWS:
        raise AssertionError(f"no table of {question}")
    return _ROWS[question.kind](answer)


def _rows_of_units(answer: pd.Series) -> pd.DataFrame:
    return _frame({"unit_code": answer.index, "value": answer.to_numpy()})


def _rows_of_account(answer: Account) -> pd.DataFrame:
    return pd.DataFrame({name: [str(value)] for name, value in answer._asdict().items()})


def _rows_of_sum(answer: int) -> pd.DataFrame:
    return pd.DataFrame({"sum": [str(answer)]})


def _rows_of_starts(answer: tuple[tuple[int, int, int, float], pd.DataFrame]) -> pd.DataFrame:
    (off, barred, every, spacing), shared = answer
    counts = {"off": [off], "barred": [barred], "all": [every], "spacing_m": [spacing]}
    return pd.concat([pd.DataFrame(counts), shared], ignore_index=True).convert_dtypes()


def _rows_of_pockets(answer: pd.DataFrame) -> pd.DataFrame:
    listed = answer[MEMBERS].notna()
    return answer.assign(**{LISTED: listed, MEMBERS: _lists(answer[MEMBERS].tolist())})


def _lists(some: list[Any]) -> pd.Series:
    """Say that a column holds lists of whole numbers, which an empty one does not show."""
    return pd.Series(some, dtype=pd.ArrowDtype(pa.list_(pa.int64())))


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    text = {"unit_code": pd.array(list(columns["unit_code"]), dtype="str")}
    return pd.DataFrame(columns | text)


def _rows_of_sets(answer: tuple[FacilitySets, pd.Index, NDArray[np.int64]]) -> pd.DataFrame:
    sets, codes, numbers = answer
    member_of, facility = sets.members(sets.chosen)
    ends = np.searchsorted(member_of, np.arange(len(sets.chosen) + 1))
    members = np.split(numbers[facility], ends[1:-1]) if len(sets.chosen) else []
    return _frame(
        {
            "unit_code": codes.to_numpy(dtype=object)[sets.row],
            "amount": sets.share,
            MEMBERS: _lists([some.tolist() for some in members]),
        }
    )


def _rows_of_scaling(scaling: Scaling) -> pd.DataFrame:
    """Lay units, targets and what is left of them out, each with the place that it is sorted by."""
    codes = list(scaling.people.index)
    units = pd.DataFrame(
        {
            "kind": "unit",
            "unit_code": codes,
            "first": codes,
            "people": scaling.people.to_numpy(),
            "placed": scaling.placed.to_numpy(),
        }
    )
    targets = scaling.targets.reset_index(names="unit_code").assign(kind="target")
    targets["first"] = [scaling.first.get(code, code) for code in targets["unit_code"]]
    targets["assumed"] = targets["unit_code"].isin(scaling.assumed)
    left = pd.DataFrame(
        [
            ("left", code, scaling.first.get(code, code), reason)
            for reason, some in scaling.left.items()
            for code in some
        ],
        columns=["kind", "unit_code", "first", "reason"],
    )
    return pd.concat([units, targets, left], ignore_index=True)


_ROWS: Final[dict[str, Callable[[Any], pd.DataFrame]]] = {
    **dict.fromkeys(("sums", "known", "covered"), _rows_of_units),
    **dict.fromkeys(("total", "gaps"), _rows_of_sum),
    "account": _rows_of_account,
    "off": pd.DataFrame,
    "scaling": _rows_of_scaling,
    "walkers": _rows_of_starts,
    "taken": _rows_of_sets,
    "pockets": _rows_of_pockets,
}
"""Kind of question → how its answer is laid out."""


# --- put together ------------------------------------------------------------------------------


def merged(
    question: Question, rows: pd.DataFrame, context: Context, circle: Circle | None = None
) -> Any:
    """Put the answers of all parts together: what one part would answer for the whole area.

    Parameters
    ----------
    question
        Its name.
    rows
        Rows of all parts, as ``table_of`` laid them out, those of each unit in their order.
    context
        Of the whole area.
    circle
        The circle that the question is about.

    Returns
    -------
    Any
        The answer.
    """
    codes = context.people_of.drawn(question.tier).index
    if question.kind in _ADDED:
        return _ADDED[question.kind](rows)
    if question.kind == "scaling":
        return _merged_scaling(question, rows, context, codes)
    if question.kind == "taken" and circle is not None:
        return _merged_sets(_by_unit(rows, codes), codes, len(context.places(circle)))
    if question.kind not in _OF_UNITS:
        raise AssertionError(f"nothing puts together {question}")
    return _OF_UNITS[question.kind](_by_unit(rows, codes), codes, context)


def _by_unit(rows: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    """Sort rows by unit, each unit's in the order of its part."""
    if rows.empty:
        return rows
    return rows.iloc[np.argsort(_at(codes, rows["unit_code"]), kind="stable")].reset_index(
        drop=True
    )


def _at(codes: pd.Index, text: pd.Series) -> NDArray[np.int64]:
    return codes.get_indexer(pd.Index(text.to_numpy(dtype=object))).astype(np.int64)


def _whole(rows: pd.DataFrame, codes: pd.Index) -> pd.Index:
    if len(rows) != len(codes):
        raise AssertionError(f"{len(rows)} answers for {len(codes)} units")
    return codes


def _sum_of(rows: pd.DataFrame) -> int:
    return sum(int(number) for number in rows.get("sum", ()))


def _account_of(rows: pd.DataFrame) -> Account:
    return Account(*(sum(int(number) for number in rows[name]) for name in _ACCOUNT))


def _merged_units(rows: pd.DataFrame, codes: pd.Index, _: Context) -> pd.Series:
    return pd.Series(rows["value"].to_numpy(dtype=np.float64), index=_whole(rows, codes))


_OFF: Final = ("cell", "unit_code", "x", "y", "people", "metres", "share", "barred")


def _merged_off(rows: pd.DataFrame, _codes: pd.Index, _: Context) -> pd.DataFrame:
    if rows.empty:
        none = dict.fromkeys(_OFF, pd.Series([], dtype="float64"))
        rows = pd.DataFrame(none).astype({"cell": "int64"})
    numbers = {name: rows[name].astype("float64") for name in _OFF[2:]}
    return pd.DataFrame(
        {
            "cell": rows["cell"].astype("int64"),
            "unit_code": rows["unit_code"].astype("str"),
            **numbers,
        }
    )


def merged_pockets(question: Question, rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Put the pockets of all parts together.

    Parameters
    ----------
    question
        Its name.
    rows
        Rows of all parts without their cells, part after part.
    context
        Of the whole area.

    Returns
    -------
    DataFrame
        As ``pockets_of`` gives it for the whole area, with ``place`` instead of the cells: each part
        lists the largest that it has; those of them that are the largest of all have their place among
        ``rows`` there, and the others, -1 there, are left over like the rest.
    """
    if rows.empty:
        names = ("unit_code", "people", "cells", "pockets", LISTED)
        rows = pd.DataFrame({name: [] for name in names})
    codes = context.people_of.drawn(question.tier).index
    rows = _by_unit(rows.assign(place=np.arange(len(rows))), codes)
    counts = {name: rows[name].astype("int64") for name in ("cells", "pockets")}
    found = pd.DataFrame(
        {
            "unit_code": rows["unit_code"].astype("str"),
            "people": rows["people"].astype("float64"),
            **counts,
        }
    )
    largest = found.index.isin(largest_of(found[rows[LISTED].astype("bool")]).index)
    return found.assign(place=rows["place"].astype("int64").where(largest, -1))


def _merged_starts(rows: pd.DataFrame) -> Starts:
    counts = rows[rows["all"].notna()]
    shared = rows[rows["all"].isna()]
    if "cell" in shared:
        shared = shared.drop_duplicates(["cell", "nth"])
    else:
        shared = pd.DataFrame({"is_off": [], "is_barred": []}, dtype="bool")
    return Starts(
        off=int(counts["off"].sum()) + int(shared["is_off"].sum()),
        barred=int(counts["barred"].sum()) + int(shared["is_barred"].sum()),
        all=int(counts["all"].sum()) + len(shared),
        spacing_m=float(counts["spacing_m"].max()),
    )


def _merged_sets(rows: pd.DataFrame, codes: pd.Index, n_facilities: int) -> FacilitySets:
    if rows.empty:
        rows = pd.DataFrame({"unit_code": [], MEMBERS: [], "amount": []})
    unit = _at(codes, rows["unit_code"])
    members = rows[MEMBERS].tolist()
    place = np.arange(len(rows))
    place_of = np.repeat(place, [len(some) for some in members]).astype(np.int64)
    facility = np.array([one for some in members for one in some], dtype=np.int64)
    amount = rows["amount"].to_numpy(dtype=np.float64)
    sizes = (len(codes), n_facilities)
    return grouped((unit, amount, place), (place_of, facility), sizes, "parts")


def _merged_scaling(
    question: Question, rows: pd.DataFrame, context: Context, codes: pd.Index
) -> Scaling:
    rows = rows.assign(
        at=_at(codes, rows["first"]),
        own=_at(codes, rows["unit_code"]),
    )
    units = rows[rows["kind"] == "unit"].sort_values("own", kind="stable")
    targets = rows[rows["kind"] == "target"]
    targets = targets.assign(is_shared=targets["own"] < 0)
    targets = targets.sort_values(["is_shared", "at"], kind="stable")
    lost = rows[rows["kind"] == "left"].sort_values(["at", "own"], kind="stable")
    left: dict[str, list[str]] = {}
    if len(lost):
        for reason, code in zip(lost["reason"], lost["unit_code"], strict=True):
            left.setdefault(str(reason), []).append(str(code))
    groups = context.people_of.layer_groups
    numbers = {
        name: targets[name].astype("float64") for name in ("total", "layer", "beside", "factor")
    }
    table = pd.DataFrame(numbers | {"units": targets["units"].astype("int64")})
    index = _whole(units, codes)
    return Scaling(
        tier=question.tier,
        group=question.group,
        pattern=question.group if question.group in groups else POPULATION,
        targets=table.set_axis(pd.Index(targets["unit_code"].tolist(), dtype="str")),
        people=pd.Series(units["people"].to_numpy(dtype=np.float64), index=index),
        placed=pd.Series(units["placed"].to_numpy(dtype=bool), index=index),
        left=left,
        assumed=tuple(targets.loc[targets["assumed"].astype(bool), "unit_code"]),
    )


_ADDED: Final[dict[str, Callable[[pd.DataFrame], Any]]] = {
    "total": _sum_of,
    "gaps": _sum_of,
    "account": _account_of,
    "walkers": _merged_starts,
}
_OF_UNITS: Final[dict[str, Callable[[pd.DataFrame, pd.Index, Context], Any]]] = {
    **dict.fromkeys(("sums", "known", "covered"), _merged_units),
    "off": _merged_off,
}
