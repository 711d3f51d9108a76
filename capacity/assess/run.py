"""Go over the selected norms and gather their findings."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity.assess.census import census_faults
from capacity.assess.context import FLAGS, Context
from capacity.assess.counts import measure_of
from capacity.assess.doubts import doubtful_below, say_doubtful
from capacity.assess.faults import margin_faults, norm_faults
from capacity.assess.kinds import EVALUATORS
from capacity.assess.people import SEEN
from capacity.assess.pockets import circles, list_pockets
from capacity.assess.record import counted_facilities, supply_table
from capacity.assess.rejects import network_faults, off_network_table
from capacity.assess.result import Assessment
from capacity.assess.table import (
    COLUMNS,
    NAN,
    Row,
    UnitTable,
    as_unit_table,
    join_notes,
    no_data,
    roll_up,
)
from capacity.demand import conserved
from capacity.errors import Fault, InputError
from capacity.exact import from_sum, rounded
from capacity.findings import ROLLUPS, SUBTOTALS, as_findings
from capacity.quality import quality_table
from capacity.vocabulary import (
    GROUPS,
    OWN_UNKNOWN,
    POPULATION,
    TIER_OF,
    TIERS,
    UNIT_TYPES,
    UNSCALED,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from capacity.assess.answers import Answers
    from capacity.norms.model import Norm, NormSet
    from capacity.parts.run import Client
    from capacity.study_area import StudyArea

    Progress = Callable[[str, int, int], None]

# Differences of more than this share of the people in a unit's layer are worth a warning.
_WHOLE = 0.999
_OUTSIDE_WARNED = 0.001
_EVALUATED: Final = ("compute", "tabulate")


def assess(
    area: StudyArea,
    norms: NormSet,
    *,
    progress: Progress | None = None,
    client: Client | None = None,
    folder: str | Path | None = None,
    resume: bool = False,
    n_parts: int | None = None,
) -> Assessment:
    """Apply every norm of a selection to a study area.

    Parameters
    ----------
    area
        Checked inputs, as ``read_study_area`` gives them.
    norms
        Norms in force on a date, as ``load_norms`` gives them.
    progress
        Called with a description, the steps done and the steps in all.
    client
        Takes the area in parts: a ``distributed.Client``, or an executor of ``concurrent.futures``.
        The result is the same to the last digit.
    folder
        Where parts leave their answers, which every worker must see; a temporary folder of this machine
        if not given. It stays when the run fails, and so does it when it succeeds: remove it then.
    resume
        Go on with a run that was broken off in ``folder``: only what is missing is computed.
    n_parts
        How many parts there are to be; four for each worker if not given.

    Returns
    -------
    Assessment
        Findings of every unit, with ``sum_of_units`` and ``net`` rows for every parent. A unit
        whose input is missing is ``no_data`` and names it; nothing is met for want of data.

    Raises
    ------
    PartsError
        Parts failed each time that they were tried; they are named with their units.
    InputError
        The folder holds a run that was begun with other inputs, norms or another version; or
        facilities were read in a smaller box (``margin_m``) than a norm reaches.

    Notes
    -----
    Linear in cells plus facilities; people are split once per tier and reach is computed once per
    service, radius and tier.

    Examples
    --------
    6 places per 1,000 residents, where there are 5 for 1,000:

    >>> import geopandas as gpd
    >>> from capacity import load_norms, study_area
    >>> from shapely import Point, box
    >>> units = gpd.GeoDataFrame(
    ...     {"unit_code": ["A"], "main_urban": [True]}, geometry=[box(0, 0, 1000, 1000)], crs=4547
    ... )
    >>> cells = gpd.GeoDataFrame({"population": [1000]}, geometry=[Point(100, 500)], crs=4547)
    >>> centre = gpd.GeoDataFrame({"places": [5]}, geometry=[Point(0, 500)], crs=4547)
    >>> area = study_area(
    ...     units,
    ...     cells,
    ...     centre,
    ...     service="childcare",
    ...     unit_type="street",
    ...     name="example",
    ...     code="A",
    ...     data_date="2025-12-31",
    ... )
    >>> found = assess(area, load_norms("zhengzhou", on="2025-12-31")).findings
    >>> row = found[
    ...     found["norm_id"] == "zhengzhou.plan2023.childcare.places_per_thousand_street"
    ... ].iloc[0]
    >>> float(row["required"]), float(row["shortfall"]), row["status"]
    (6.0, 1.0, 'short')
    """
    context = Context(area, norms.norms)
    if faults := margin_faults(context):
        raise InputError("Facilities that count were not read:", faults)
    if client is None:
        tables = _evaluated(context, norms, progress)
    else:
        from capacity.assess.coming import cases_to_come
        from capacity.parts.run import answers_in_parts

        def evaluate(answers: Answers) -> tuple[Context, dict[str, Any]]:
            """Go over the norms with the answers of parts."""
            given = Context(area, norms.norms, answers=answers)
            return given, _evaluated(given, norms, progress)

        context, tables = answers_in_parts(
            area,
            norms,
            client,
            evaluate,
            folder=folder,
            resume=resume,
            n_parts=n_parts,
            later=cases_to_come(area, norms),
            progress=progress,
        )
    return Assessment(
        **tables,
        area=area,
        norms=norms,
        pocket_cells=list_pockets(context, tables["findings"]),
        later=context.answers.later,
    )


def _evaluated(context: Context, norms: NormSet, progress: Progress | None) -> dict[str, Any]:
    """Go over the norms, and give every table of the result but the pockets."""
    rows: list[dict[str, Any]] = []
    supply: list[pd.DataFrame] = []
    for step, norm in enumerate(norms.norms):
        if progress is not None:
            progress(norm.id, step, len(norms.norms))
        rows.extend(_norm_rows(context, norm))
        supply.extend(counted_facilities(context, norm, tier) for tier in used_tiers(context, norm))
    people = _people(context)
    if progress is not None:
        progress("", len(norms.norms), len(norms.norms))
    return {
        "findings": as_findings(row for row in rows if row["rollup"] in ROLLUPS),
        "subtotals": as_findings(row for row in rows if row["rollup"] in SUBTOTALS),
        "people": people,
        "compounds": _compounds(context),
        "quality": quality_table([*context.area.faults, *_area_faults(context)]),
        "off_network": off_network_table(context),
        "supply": supply_table(supply),
        "circles": circles(context),
    }


def assessment_faults(area: StudyArea, norms: Iterable[Norm] = ()) -> list[Fault]:
    """Find what only shows when people are split: people outside units, units beyond the layer.

    Parameters
    ----------
    area
        Checked inputs.
    norms
        Norms in force: the smallest radius, and the sizes that they count, are looked at too.

    Returns
    -------
    list of Fault
        Warnings and facts; none is an error.
    """
    return _area_faults(Context(area, norms))


def findings_of(
    area: StudyArea, norms: Iterable[Norm], *, answers: Answers | None = None
) -> pd.DataFrame:
    """Give the findings of some norms alone.

    Parameters
    ----------
    area
        Checked inputs.
    norms
        Any norms, of a selection or not.
    answers
        What parts of the area have answered, if it was taken in parts and they were asked.

    Returns
    -------
    DataFrame
        A findings table, as ``assess`` makes it: without the subtotals of streets and townships.
    """
    context = Context(area, norms, answers=answers)
    rows = (row for norm in context.norms for row in _norm_rows(context, norm))
    return as_findings(row for row in rows if row["rollup"] in ROLLUPS)


def _area_faults(context: Context) -> list[Fault]:
    return [
        *_missing_inputs(context),
        *_population_faults(context),
        *census_faults(context.people_of, context.base_tier),
        *norm_faults(context),
        *network_faults(context),
    ]


def _missing_inputs(context: Context) -> list[Fault]:
    """Name the inputs without which whole norms have no data."""
    faults = []
    if context.area.population is None and context.area.census is None:
        faults.append(
            Fault(
                severity="warning",
                code="population.none",
                message="there is no population: norms about people have no data.",
                mend="Add a [population] layer or [[census]] totals to area.toml.",
            )
        )
    faults += _in_no_unit(context, "facilities", context.area.facilities)
    if context.area.compounds is not None:
        faults += _in_no_unit(context, "compounds", context.area.compounds)
    units = context.units_of(context.base_tier)
    unknown = units.index[units["main_urban"].isna()]
    if len(unknown) > 0:
        faults.append(
            Fault(
                severity="warning",
                code="units.main_urban_unknown",
                count=len(unknown),
                item=", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else ""),  # noqa: PLR2004  # a line
                message=(
                    f"nobody said whether {len(unknown)} of {len(units)} units are main urban: "
                    "norms for the main urban area have no data there."
                ),
                mend="Fill in the main_urban column, or set main_urban for the layer.",
            )
        )
    return faults


def _in_no_unit(context: Context, layer: str, frame: pd.DataFrame) -> list[Fault]:
    """Name what lies in a larger unit but in no unit of the tier that sums are made of."""
    own = frame[f"{context.base_tier}_code"].eq("")
    larger = np.any([frame[f"{tier}_code"].ne("") for tier in TIERS], axis=0)
    lost = frame[own & larger]
    if lost.empty:
        return []
    return [
        Fault(
            severity="warning",
            code=f"{layer}.between_units",
            file=", ".join(sorted(set(lost["file"]) - {""})),
            rows=tuple(int(row) for row in lost["row"]),
            count=len(lost),
            message=(
                f"{len(lost)} of {len(frame)} {layer} lie in a larger unit but in no unit of tier "
                f"{context.base_tier}: they count where the larger unit is tested by itself, and in "
                "no sum of its units."
            ),
            mend="Close the gaps between the units, or correct the coordinates or the unit code.",
        )
    ]


def _norm_rows(context: Context, norm: Norm) -> list[dict[str, Any]]:
    """Give the findings of one norm: units, then parents, with the conflicts that it is part of.

    Observed values and background are listed, not evaluated; nor is what counts nothing.
    """
    if norm.role not in _EVALUATED or norm.supply is None:
        return []
    note = _conflict_note(context, norm)
    evaluate = EVALUATORS[norm.kind]
    rows: list[dict[str, Any]] = []
    if tiers := _tiers(context, norm):
        types = {*norm.levels, *norm.shown_at}
        by_measure: dict[str, list[UnitTable]] = {}
        for tier in tiers:
            units = context.units_of(tier)
            codes = units.index[units["unit_type"].isin(types)]
            for table in evaluate(context, norm, tier):
                frame = _judge(context, norm, _rows_of(table.frame, codes))
                frame = _say_unscaled(context, norm, table.measure, tier, frame)
                frame = say_doubtful(context, norm, table.measure, tier, frame)
                if tier in _larger(context, norm):
                    frame = _own_unknown(frame)
                judged = dataclasses.replace(table, frame=frame)
                by_measure.setdefault(table.measure, []).append(judged)
        for tables in by_measure.values():
            for table in tables:
                rows.extend(_unit_rows(context, norm, table))
            summed = tables if _of_all_tiers(norm) else tables[:1]
            rows.extend(_parent_rows(context, norm, summed))
            rows.extend(_subtotal_rows(context, norm, summed))
    elif _is_above(context, norm):
        root = context.area.code
        for table in evaluate(context, norm, context.tier[root]):
            frame = _show(norm, table, root)
            frame = say_doubtful(context, norm, table.measure, context.tier[root], frame)
            shown = dataclasses.replace(table, frame=frame)
            rows.extend(_unit_rows(context, norm, shown))
    else:
        rows.extend(_no_such_units(context, norm))
    return [row | {"note": join_notes(note, row["note"])} for row in rows] if note else rows


def _rows_of(frame: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    """Give the rows of some units; the table itself if it has no others."""
    return frame if frame.index.equals(codes) else frame.loc[codes]


def used_tiers(context: Context, norm: Norm) -> list[str]:
    """List the tiers at which a norm is evaluated.

    Parameters
    ----------
    context
        Of the assessment.
    norm
        A norm of the selection.

    Returns
    -------
    list of str
        Tiers; none for a norm that asks for nothing, or whose units were not given.
    """
    if norm.role not in _EVALUATED or norm.supply is None:
        return []
    root = [context.tier[context.area.code]] if _is_above(context, norm) else []
    return _tiers(context, norm) or root


def _no_such_units(context: Context, norm: Norm) -> list[dict[str, Any]]:
    """Say at the root that the units which a norm asks about were not given."""
    root = context.area.code
    frame = as_unit_table([no_data("units of its level")], [root])
    measure = norm.measures[0] if norm.measures else measure_of(norm.supply) if norm.supply else ""
    return _unit_rows(context, norm, UnitTable(measure, frame, "", None))


def _of_all_tiers(norm: Norm) -> bool:
    """Whether units of every level count alike: a share of units does, sums do not."""
    return norm.of is not None and bool(norm.of.units)


def _tiers(context: Context, norm: Norm) -> list[str]:
    """Tiers with rows of their own: street and community, else the lowest one that there is.

    Where those are only shown, the lowest tier of which the norm is asked has rows too.
    """
    present = context.unit_types
    asked = [tier for tier in TIERS if present & set(norm.levels) & set(TIERS[tier])]
    if _of_all_tiers(norm):
        return list(reversed(asked))
    if larger := _larger(context, norm):
        return [asked[-1], *larger]
    types = present & {*norm.levels, *norm.shown_at}
    low = [tier for tier in ("street", "community") if types & set(TIERS[tier])]
    high = [tier for tier in ("district", "city") if types & set(TIERS[tier])]
    tiers = low or high[:1]
    return tiers if not asked or set(tiers) & set(asked) else [*tiers, asked[-1]]


def _larger(context: Context, norm: Norm) -> list[str]:
    """Tiers above the lowest one asked that need facilities of their own: a city beside its districts."""
    if norm.kind != "minimum_count_per_unit":
        return []
    present = context.unit_types
    asked = [tier for tier in TIERS if present & set(norm.levels) & set(TIERS[tier])]
    return asked[:-1]


def _say_unscaled(
    context: Context, norm: Norm, measure: str, tier: str, frame: pd.DataFrame
) -> pd.DataFrame:
    """Say of which units the people are those of the layer, while others have official totals."""
    if norm.base not in {"residents", *GROUPS}:
        return frame
    group = measure if measure in GROUPS else POPULATION if norm.base == "residents" else norm.base
    base = context.base_tier
    low = list(TIERS).index(tier) >= list(TIERS).index(base)
    found = context.people_of.unscaled(tier if low else base, group)
    codes = set(found) if low else {up for code in found for up in context.ancestors(code)}
    if not codes:
        return frame
    notes = [
        join_notes(str(note), UNSCALED if code in codes else "")
        for code, note in zip(frame.index, frame["note"], strict=True)
    ]
    return frame.assign(note=pd.array(notes, dtype="str"))


def _own_unknown(frame: pd.DataFrame) -> pd.DataFrame:
    """Show a count that holds the facilities of smaller units too: enough of them proves nothing."""
    met = frame["status"].eq("met")
    words = [join_notes(OWN_UNKNOWN, str(note)) for note in frame["note"]]
    note = frame["note"].where(~met, pd.Series(words, index=frame.index, dtype="str"))
    return frame.assign(status=frame["status"].mask(met, "reported"), note=note)


def _is_above(context: Context, norm: Norm) -> bool:
    """Whether a norm is asked of something larger than the whole area."""
    order = list(TIERS)
    root = order.index(context.tier[context.area.code])
    return any(order.index(TIER_OF[level]) < root for level in norm.levels)


def _show(norm: Norm, table: UnitTable, root: str) -> pd.DataFrame:
    """Show the whole area beside a norm of something larger: a density or share, never a verdict.

    A total or a number of facilities of the larger unit is not what a part of it needs.
    """
    frame = table.frame.loc[[root]].copy()
    largest = min(norm.levels, key=list(UNIT_TYPES).index)
    frame["note"] = [join_notes(f"asked of the {largest}", str(note)) for note in frame["note"]]
    verdict = frame["status"].isin(["met", "short"])
    frame["status"] = frame["status"].mask(verdict, "reported").astype("str")
    if norm.base == "none" and table.measure != "implied_population":
        frame[["required", "shortfall", "surplus"]] = NAN
    return frame


def _conflict_note(context: Context, norm: Norm) -> str:
    """Name the conflicts in which another selected norm asks something else."""
    shared = [
        conflict
        for conflict in norm.conflicts
        if any(
            conflict in other.conflicts and _asked(other) != _asked(norm) for other in context.norms
        )
    ]
    return f"conflict: {', '.join(shared)}" if shared else ""


def _asked(norm: Norm) -> tuple[Any, ...]:
    return (norm.kind, norm.unit, norm.value, norm.base, norm.by)


def _judge(context: Context, norm: Norm, frame: pd.DataFrame) -> pd.DataFrame:
    """Take out units that the norm does not apply to; show other levels without a verdict."""
    flag = FLAGS.get(norm.applies_to, "")
    codes = frame.index.to_numpy(dtype=object)
    asked = np.array(
        [context.heads[code]["unit_type"] in norm.levels for code in codes], dtype=bool
    )
    if not flag and asked.all():
        return frame
    columns: dict[str, Any] = {
        name: frame[name].to_numpy(dtype=np.float64, copy=True) for name in COLUMNS[:-2]
    }
    status, note = (frame[name].to_numpy(dtype=object).copy() for name in ("status", "note"))
    if flag:
        said = context.applies(norm).loc[frame.index]
        unsaid = said.isna().to_numpy()
        outside = ~said.fillna(value=True).to_numpy(dtype=bool)
        for numbers in columns.values():
            numbers[outside | unsaid] = NAN
        status[outside], note[outside] = "not_applicable", "outside the area that the clause names"
        unknown = no_data(flag)
        status[unsaid], note[unsaid] = unknown["status"], unknown["note"]
    status[~asked & np.isin(status, ["met", "short"])] = "reported"
    for name, texts in (("status", status), ("note", note)):
        columns[name] = pd.array(texts, dtype="str")
    return pd.DataFrame(columns, index=frame.index)


def _common(context: Context, norm: Norm, table: UnitTable) -> dict[str, Any]:
    return {
        "service": norm.service,
        "norm_id": norm.id,
        "kind": norm.kind,
        "measure": table.measure,
        "base": norm.base,
        "standard": float(norm.value),
        "unit_of_measure": norm.unit,
        "method": join_notes(_stage(norm), table.method, _people_method(context, norm)),
        "source": norm.source.citation,
    }


def _people_method(context: Context, norm: Norm) -> str:
    """Say how people were counted, where that is not simply by the layer."""
    return context.people_of.method if norm.base in {"residents", *GROUPS} else ""


def _stage(norm: Norm) -> str:
    if norm.by is None:
        return f"in force from: {norm.effective_from.isoformat()}"
    word = "next stage, due" if norm.stage == "next" else "stage due"
    return f"{word}: {norm.by.isoformat()}"


def _unit_rows(context: Context, norm: Norm, table: UnitTable) -> list[dict[str, Any]]:
    common = _common(context, norm, table) | {"rollup": "unit"}
    return [common | context.heads[code] | row for code, row in table.rows().items()]


def _parent_rows(context: Context, norm: Norm, tables: list[UnitTable]) -> list[dict[str, Any]]:
    """Sum the units of one or more tiers for every unit above them."""
    table = tables[0]
    common = _common(context, norm, table)
    rows: list[dict[str, Any]] = []
    for parent, below in _children(context, tables).items():
        rolled = doubtful_below(_rolled(context, norm, table, parent, below), below)
        head = common | context.heads[parent]
        rows.extend(head | {"rollup": rollup, "note": ""} | row for rollup, row in rolled.items())
    return rows


def _children(context: Context, tables: list[UnitTable]) -> dict[str, dict[str, Row]]:
    """Give every unit above the rows of some tables the rows below it, by code."""
    children: dict[str, dict[str, Row]] = {}
    for table in tables:
        for code, row in table.rows().items():
            for above in context.ancestors(code):
                children.setdefault(above, {})[code] = row
    return children


def _subtotal_rows(context: Context, norm: Norm, tables: list[UnitTable]) -> list[dict[str, Any]]:
    """Sum the streets, and the townships, of every unit above them: parts of ``sum_of_units``."""
    table = tables[0]
    common = _common(context, norm, table)
    rows: list[dict[str, Any]] = []
    for parent, below in _children(context, tables).items():
        if TIER_OF[context.heads[parent]["unit_type"]] in {"street", "community"}:
            continue
        by_type: dict[str, dict[str, Row]] = {}
        for code, row in below.items():
            by_type.setdefault(_street_type(context, code), {})[code] = row
        for name in SUBTOTALS:
            if name in by_type:
                part = by_type[name]
                rolled = doubtful_below(
                    _rolled(context, norm, table, parent, part, own=False), part
                )
                head = common | context.heads[parent]
                rows.append(head | {"rollup": name, "note": ""} | rolled["sum_of_units"])
    return rows


def _street_type(context: Context, code: str) -> str:
    """Type of the street or township that a unit is, or is part of; empty for neither."""
    for each in (code, *context.ancestors(code)):
        unit_type = context.heads[each]["unit_type"]
        if TIER_OF[unit_type] == "street":
            return unit_type
    return ""


def _rolled(
    context: Context,
    norm: Norm,
    table: UnitTable,
    parent: str,
    below: dict[str, Row],
    *,
    own: bool = True,
) -> dict[str, Row]:
    """Roll the units of a parent up; units where a figure is only shown need nothing.

    A part of the units has no figure of its parent's (``own``). Shown units take no part in the sum of units, and in the net only if the norm is asked of the parent
    itself, whose people and supply they are. Where all of them are only shown, so is the parent.
    """
    shown = [code for code in below if context.heads[code]["unit_type"] not in norm.levels]
    asked = below
    if 0 < len(shown) < len(below):
        asked = below | dict.fromkeys(shown, _NOTHING_ASKED)
    if table.parents is not None:
        return table.parents(parent if own else "", asked)
    rolled = roll_up(asked, table.net_required, table.net_row)
    if not table.nets:
        return {"sum_of_units": rolled["sum_of_units"]}
    if context.heads[parent]["unit_type"] in norm.levels and asked is not below:
        rolled["net"] = roll_up(below, table.net_required, table.net_row)["net"]
    return rolled


_NOTHING_ASKED: Final[Row] = dict.fromkeys(COLUMNS, NAN) | {"status": "not_applicable", "note": ""}


def _people(context: Context) -> pd.DataFrame:
    """People per unit and group; a unit above the base tier is the sum of its units."""
    parts = []
    for tier in TIERS:
        units = context.units_of(tier)
        if units.empty:
            continue
        part = units[["unit_code", "unit_name", "unit_type", "parent_code"]].reset_index(drop=True)
        for group in context.groups() or (POPULATION,):
            part[group] = context.people(tier, group).to_numpy()
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _compounds(context: Context) -> pd.DataFrame:
    """One row per households norm × compound."""
    parts = []
    for norm_id, results in context.compounds.items():
        names = pd.DataFrame(context.area.compounds)[
            ["compound_id", "name", "street_code", "community_code", "built_year"]
        ]
        parts.append(names.join(results).assign(norm_id=norm_id))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _population_faults(context: Context) -> list[Fault]:
    people, tier = context.people_of, context.base_tier
    if not people.has_layer(tier):
        return []
    groups = people.layer_groups
    accounts = {group: people.account(tier, group) for group in groups}
    faults = [
        _conservation(context, group, conserved(people.total(group), accounts[group]))
        for group in groups
    ]
    overlap = {group: from_sum(accounts[group].overlap) for group in groups}
    on_border = {group: from_sum(accounts[group].on_border) for group in groups}
    faults += [_overlap(group, n) for group, n in overlap.items() if n > 0]
    faults += [_on_border(group, n) for group, n in on_border.items() if n > 0]
    official = context.area.census is not None
    for group in groups:
        known = context.known(tier, group)
        faults += [
            _not_covered(str(code), group, float(share), official=official)
            for code, share in known[known < _WHOLE].items()
        ]
    return faults + _nobody_in(context)


def _nobody_in(context: Context) -> list[Fault]:
    """Name the units in which the layer has nobody: a layer may end before the area does."""
    people = context.people(context.base_tier, POPULATION)
    empty = [str(code) for code in people.index[people == 0]]
    if not empty:
        return []
    return [
        Fault(
            severity="warning",
            code="population.nobody",
            item=", ".join(empty[:5]) + (", …" if len(empty) > 5 else ""),  # noqa: PLR2004  # a line
            count=len(empty),
            message=f"nobody lives in {len(empty)} of {len(people)} units of tier "
            f"{context.base_tier}: norms about people do not apply there.",
            mend="Check that the population reaches these units and is in the right coordinates.",
        )
    ]


def _conservation(context: Context, group: str, sums: tuple[float, ...]) -> Fault:
    total, allocated, outside, difference = sums
    share = outside / total if total > 0 else 0.0
    counted = context.people_of.counted
    return Fault(
        severity="warning" if share > _OUTSIDE_WARNED else "info",
        code="population.outside_units",
        item=group,
        amount=outside,
        unit=counted,
        message=(
            f"{rounded(total, 1)} {counted} in the layer = {rounded(allocated, 1)} in units of tier "
            f"{context.base_tier} + {rounded(outside, 1)} outside every unit (rounding: "
            f"{difference:.1g}); outside are {rounded(100 * share, 2)} %."
        ),
        mend="Check that the boundaries are complete and in the right coordinates."
        if share > _OUTSIDE_WARNED
        else "",
    )


def _overlap(group: str, people: float) -> Fault:
    return Fault(
        severity="warning" if people >= 0.5 else "info",  # noqa: PLR2004  # half a person
        code="population.in_overlaps",
        item=group,
        amount=people,
        unit="people",
        message=f"{rounded(people, 3)} people live where units overlap; they were counted once, shared by area.",
        mend="Remove the overlaps of the boundary layer to say whose they are.",
    )


def _on_border(group: str, people: float) -> Fault:
    return Fault(
        severity="info",
        code="population.on_borders",
        item=group,
        amount=people,
        unit="people",
        message=(
            f"{rounded(people, 3)} people stand on a border that units share; they were divided "
            "equally between these units."
        ),
    )


def _not_covered(code: str, group: str, share: float, *, official: bool) -> Fault:
    what = "where its people live" if official else "its number"
    unknown = f", so {what} is taken as unknown." if share < SEEN else "."
    return Fault(
        severity="warning",
        code="population.unit_not_covered",
        item=code,
        amount=float(np.round(share, 6)),
        unit="share",
        message=(
            f"{group}: the population layer has numbers for {rounded(100 * share, 1)} % of the unit's area"
            f"{unknown}"
        ),
        mend=(
            "Use a layer that covers the whole unit; where cells without data mean that nobody lives "
            'there (water, parks), say no_data = "zero" in [population].'
        ),
    )
