"""Scenarios: planned projects, proposals and growth stacked on a study area, and compared side by side.

A scenario changes a study area and nothing else; it is then assessed like any other. Steps are taken
in the order in which they are written, so that one may stand on what another has left.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from capacity.assess.coming import open_on
from capacity.assess.run import assess
from capacity.errors import Fault, InputError
from capacity.inputs.membership import COLUMNS as MEMBERSHIP
from capacity.inputs.membership import assign
from capacity.population import PopulationGrid
from capacity.siting.growth import grown, growth_table, unit_faults
from capacity.siting.options import PROPOSAL, SIZES, nothing_known
from capacity.vocabulary import GROUPS, POPULATION, TIER_OF, TIERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capacity.norms.model import NormSet
    from capacity.siting.plan import Plan
    from capacity.study_area import StudyArea

_KEYS: Final = ("name", "planned_by", "growth", "growth_by_unit", "proposals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is different from the study area.

    Attributes
    ----------
    name
        What tables call it.
    planned_by
        Facilities planned or under construction whose opening date is on this day or before count as
        open, and those that close by then as closed; None leaves them as they are on the data date.
        Projects without an opening date are not counted.
    growth
        Group → factor on the people of the group, everywhere alike; ``population`` holds for every
        group that has no factor of its own.
    growth_by_unit
        Factors by unit code (index) and group (columns), for units of one tier; elsewhere, and where
        it says nothing, ``growth`` holds. None for the same everywhere.
    proposals
        Frames of proposals, as ``Plan.proposals`` or ``proposals.csv`` have them: they count as open.
    """

    name: str
    planned_by: dt.date | None = None
    growth: Mapping[str, float] = field(default_factory=dict)
    growth_by_unit: pd.DataFrame | None = None
    proposals: tuple[pd.DataFrame, ...] = ()


def apply_scenario(area: StudyArea, scenario: Scenario) -> StudyArea:
    """Put a scenario upon a study area; another may follow.

    Parameters
    ----------
    area
        Checked inputs, or what another scenario made of them.
    scenario
        What changes.

    Returns
    -------
    StudyArea
        With the projects open, the people grown and the proposals among the facilities. The area given
        stays as it is.

    Raises
    ------
    InputError
        Growth by unit names units that are none, or of several tiers.

    Examples
    --------
    ``apply_scenario(apply_scenario(area, projects), growth)`` has both. A tenth more people:

    >>> from tempfile import TemporaryDirectory
    >>> import capacity
    >>> with TemporaryDirectory() as folder:
    ...     area = capacity.read_study_area(capacity.write_example(folder + "/demo"))
    >>> growth = capacity.Scenario(name="growth", growth={"population": 1.1})
    >>> later = capacity.apply_scenario(area, growth)
    >>> round(later.population.total("population") / area.population.total("population"), 9)
    1.1
    """
    _raise(scenario_faults(area, [scenario]))
    facilities = area.facilities
    if scenario.planned_by is not None:
        open_ = open_on(facilities, area.data_date, scenario.planned_by)
        facilities = facilities.assign(is_open=open_)
    for proposals in scenario.proposals:
        facilities = _with_proposals(area, facilities, proposals)
    services = area.services
    for proposals in scenario.proposals:
        services |= set(proposals["service"])
    area = dataclasses.replace(area, facilities=facilities, services=services)
    if scenario.growth_by_unit is not None and len(scenario.growth_by_unit):
        return grown(area, scenario.growth_by_unit, scenario.growth)
    return dataclasses.replace(
        area,
        population=_grown(area.population, scenario.growth),
        census=_grown_census(area.census, scenario.growth),
    )


def scenario_faults(area: StudyArea, scenarios: Sequence[Scenario]) -> list[Fault]:
    """Check what scenarios say of units against the units that there are.

    Parameters
    ----------
    area
        Checked inputs.
    scenarios
        Any.

    Returns
    -------
    list of Fault
        Errors ``scenario.unit``.
    """
    return [
        fault
        for one in scenarios
        if one.growth_by_unit is not None
        for fault in unit_faults(area, one.growth_by_unit, one.name)
    ]


def _raise(faults: list[Fault]) -> None:
    if faults:
        noun = "fault" if len(faults) == 1 else "faults"
        raise InputError(f"no scenarios: {len(faults)} {noun}", faults)


def _factor(group: str, growth: Mapping[str, float]) -> float:
    return float(growth.get(group, growth.get(POPULATION, 1.0)))


def _grown(population: Any, growth: Mapping[str, float]) -> Any:
    if population is None or not growth:
        return population
    if isinstance(population, PopulationGrid):
        values = {name: v * _factor(name, growth) for name, v in population.values.items()}
        return dataclasses.replace(population, values=values)
    groups = {
        name: population[name] * _factor(name, growth) for name in GROUPS if name in population
    }
    return population.assign(**groups)


def _grown_census(census: pd.DataFrame | None, growth: Mapping[str, float]) -> pd.DataFrame | None:
    if census is None or not growth:
        return census
    groups = {name: census[name] * _factor(name, growth) for name in GROUPS if name in census}
    return census.assign(**groups)


def _with_proposals(
    area: StudyArea, facilities: gpd.GeoDataFrame, proposals: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Put proposals beside the facilities; the unit of each is found anew."""
    n = len(proposals)
    points = _points(area, proposals)
    spots = gpd.GeoDataFrame({"unit_code": [""] * n}, geometry=points, crs=area.crs)
    codes = assign(spots, area.units).codes
    rows = pd.DataFrame(index=pd.RangeIndex(n))
    for name in facilities.columns:
        kind = facilities[name].dtype
        given = proposals.get(name)
        if name in MEMBERSHIP:
            rows[name] = codes[name].array
        elif given is None or name in {"geometry", "outline"}:
            rows[name] = nothing_known(kind, n)
        elif name in SIZES:
            rows[name] = given.astype("float64").to_numpy()
        elif name == "inclusive":
            rows[name] = given.astype("boolean").array
        else:
            said = given.astype("object")
            rows[name] = said.where(said.notna(), "").astype("str").array
    rows = rows.assign(is_open=True, row=np.arange(1, n + 1))
    rows = rows.assign(status="open", file=PROPOSAL).drop(columns="geometry")
    geometry = np.concatenate([np.asarray(facilities.geometry.array), points])
    data = pd.concat([pd.DataFrame(facilities).drop(columns="geometry"), rows], ignore_index=True)
    return gpd.GeoDataFrame(data, geometry=geometry, crs=facilities.crs)


def _points(area: StudyArea, proposals: pd.DataFrame) -> NDArray[np.object_]:
    if isinstance(proposals, gpd.GeoDataFrame):
        return np.asarray(proposals.geometry.to_crs(area.crs).array, dtype=object)
    xy = proposals[["longitude", "latitude"]].to_numpy(dtype=np.float64)
    spots = gpd.GeoSeries(gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs="EPSG:4326")
    spots = spots.to_crs(area.crs)
    return np.asarray(spots.array, dtype=object)


NOW: Final = "now"
"""What columns call the area as it is."""


@dataclass(frozen=True)
class Comparison:
    """Findings of an area as it is and under scenarios, side by side.

    Attributes
    ----------
    table
        One row per unit, norm, measure and rollup: ``unit_code``, ``unit_name``, ``unit_type``,
        ``rollup``, ``service``, ``norm_id``, ``measure``; for the area as it is (``now``) and each
        scenario, by its name, ``base …`` (people, places wanted …), ``existing …``, ``shortfall …``,
        ``share …``, ``status …`` and ``note …``; and for
        each scenario ``shortfall change …`` and ``share change …``, from now.
    totals
        One row per norm, measure and scenario (``now`` among them): ``norm_id``, ``measure``,
        ``scenario``, ``short`` (units), ``lacking`` (their shortfalls together), ``share`` (of what
        there is in the base, such as people in reach) and ``unknown`` (units without data under any of
        them). They are of the units whose data are known under every scenario, so that they compare.
    names
        Scenarios in their order.
    stacked
        Whether each stands on the one before it.
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    names: tuple[str, ...]
    stacked: bool


def compare_scenarios(
    area: StudyArea, norms: NormSet, scenarios: Sequence[Scenario], *, stacked: bool = False
) -> Comparison:
    """Assess the area as it is and under each scenario, and lay the findings side by side.

    Parameters
    ----------
    area
        Checked inputs.
    norms
        Norms of the selection.
    scenarios
        In the order of the columns.
    stacked
        Whether each scenario stands on the one before it; otherwise each on the area as it is.

    Returns
    -------
    Comparison
        Side by side, with the differences from now.

    Raises
    ------
    InputError
        Growth by unit names units that are none, or of several tiers; of all scenarios at once.

    Examples
    --------
    A tenth more people, as things stand:

    >>> from tempfile import TemporaryDirectory
    >>> import capacity
    >>> with TemporaryDirectory() as folder:
    ...     area = capacity.read_study_area(capacity.write_example(folder + "/demo"))
    >>> norms = capacity.load_norms("zhengzhou", on="2025-12-31")
    >>> norms = norms.choose("zhengzhou.childcare.places_per_thousand")
    >>> growth = capacity.Scenario(name="growth", growth={"population": 1.1})
    >>> compared = capacity.compare_scenarios(area, norms, [growth])
    >>> compared.totals[["scenario", "short", "lacking"]].to_dict("list")
    {'scenario': ['now', 'growth'], 'short': [9, 10], 'lacking': [805.0, 966.0]}
    """
    _raise(scenario_faults(area, scenarios))
    table = _side(assess(area, norms).findings, NOW)
    under = area
    for scenario in scenarios:
        under = apply_scenario(under if stacked else area, scenario)
        found = _side(assess(under, norms).findings, scenario.name)
        table = table.merge(found, on=_HEAD, how="outer", sort=False)
    names = tuple(scenario.name for scenario in scenarios)
    for name in names:
        for what in ("shortfall", "share"):
            table[f"{what} change {name}"] = table[f"{what} {name}"] - table[f"{what} {NOW}"]
    table = table.sort_values(_HEAD, kind="stable", ignore_index=True)
    return Comparison(table, _totals(table, (NOW, *names)), names, stacked)


_HEAD: Final = [
    *("unit_code", "unit_name", "unit_type", "rollup", "service", "norm_id", "measure"),
]


def _side(findings: pd.DataFrame, name: str) -> pd.DataFrame:
    shown = ["base", "existing", "shortfall", "share", "status", "note"]
    findings = findings.rename(columns={"base": "base_name", "base_value": "base"})
    return findings[[*_HEAD, *shown]].rename(columns={one: f"{one} {name}" for one in shown})


def _totals(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Count what is short of each norm and measure under each scenario, of the same units."""
    rows = []
    units = table[table["rollup"].eq("unit")]
    for (norm_id, measure), own in units.groupby(["norm_id", "measure"], sort=False):
        status = own[[f"status {name}" for name in names]]
        judged = own[status.isin(["met", "short"]).all(axis=1).to_numpy(dtype=bool)]
        reported = own[own[[f"existing {name}" for name in names]].notna().all(axis=1)]
        tier = reported["unit_type"].map(TIER_OF).map(list(TIERS).index)
        reported = reported[tier.eq(tier.min())]
        unknown = int(status.isin(["no_data"]).any(axis=1).sum())
        for name in names:
            short = judged[judged[f"status {name}"].eq("short")]
            base = float(reported[f"base {name}"].sum())
            share = float(reported[f"existing {name}"].sum()) / base if base > 0 else float("nan")
            lacking = float(short[f"shortfall {name}"].sum())
            rows.append((norm_id, measure, name, len(short), lacking, share, unknown))
    columns = ["norm_id", "measure", "scenario", "short", "lacking", "share", "unknown"]
    return pd.DataFrame(rows, columns=columns)


def read_scenarios(path: str | Path, plan: Plan | None = None) -> list[Scenario]:
    """Read ``[[scenario]]`` tables of a TOML file.

    Parameters
    ----------
    path
        UTF-8 text. Each table has a ``name`` and any of ``planned_by`` (a date), ``growth`` (a factor,
        or a factor by group), ``growth_by_unit`` (factors by unit code, or a CSV file of them, see
        ``growth_table``) and ``proposals`` (``proposals.csv`` files of earlier plans, relative to
        the file; ``"plan"`` is the plan given).
    plan
        What ``"plan"`` means.

    Returns
    -------
    list of Scenario
        In their order.

    Raises
    ------
    InputError
        A key, group, date, factor or file is wrong; all faults at once.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> text = 'scenario = [{ name = "projects", planned_by = 2027-12-31 }]'
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "scenarios.toml"
    ...     _ = file.write_text(text, encoding="utf-8")
    ...     (projects,) = read_scenarios(file)
    >>> projects.name, projects.planned_by
    ('projects', datetime.date(2027, 12, 31))
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fault = _fault("scenario.cannot_read", path, f"{error}.", "Write TOML text in UTF-8.")
        raise InputError(f"{path.name}: no scenarios", [fault]) from None
    tables = data.get("scenario", [])
    faults = [
        _fault("scenario.key", path, f"unknown key {key}.", "Write [[scenario]] tables.", key)
        for key in data
        if key != "scenario"
    ]
    if not isinstance(tables, list) or not tables:
        tables = []
        message = "there is no [[scenario]] table."
        faults.append(_fault("scenario.key", path, message, "Add one with a name."))
    scenarios = []
    for number, table in enumerate(tables, start=1):
        scenario, found = _scenario(table, number, path, plan)
        faults += found
        scenarios.append(scenario)
    names = [scenario.name for scenario in scenarios]
    if NOW in names:
        message = f"a scenario is called {NOW}, as the area as it is."
        faults.append(_fault("scenario.name", path, message, "Rename it.", NOW))
    faults += [
        _fault("scenario.name", path, f"two scenarios are called {name}.", "Rename one.", name)
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if faults:
        noun = "fault" if len(faults) == 1 else "faults"
        raise InputError(f"{path.name}: {len(faults)} {noun}", faults)
    return scenarios


def _fault(code: str, path: Path, message: str, mend: str, column: str = "") -> Fault:
    return Fault(
        severity="error", code=code, message=message, mend=mend, file=path.name, column=column
    )


def _scenario(
    table: Mapping[str, Any], number: int, path: Path, plan: Plan | None
) -> tuple[Scenario, list[Fault]]:
    key = f"scenario[{number}]"
    faults = []
    for name in table:
        if name not in _KEYS:
            near = difflib.get_close_matches(name, _KEYS, n=1, cutoff=0.5)
            mend = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(_KEYS)}."
            faults.append(_fault("scenario.key", path, "unknown key.", mend, f"{key}.{name}"))
    day = table.get("planned_by")
    if day is not None and not isinstance(day, dt.date):
        mend = "Write it as 2027-12-31, without quotes."
        faults.append(
            _fault("scenario.date", path, f"'{day}' is no date.", mend, f"{key}.planned_by")
        )
        day = None
    growth, found = _growth(table.get("growth", {}), key, path)
    faults += found
    by_unit = None
    if "growth_by_unit" in table:
        where = f"{key}.growth_by_unit"
        by_unit, found = growth_table(table["growth_by_unit"], path.parent, where)
        faults += [one if one.file else dataclasses.replace(one, file=path.name) for one in found]
    frames = []
    for name in table.get("proposals", []):
        frame, found = _proposals_of(name, key, path, plan)
        faults += found
        frames += frame
    name = str(table.get("name", f"scenario {number}"))
    scenario = Scenario(
        name=name,
        planned_by=day,
        growth=growth,
        growth_by_unit=by_unit,
        proposals=tuple(frames),
    )
    return scenario, faults


def _growth(written: object, key: str, path: Path) -> tuple[dict[str, float], list[Fault]]:
    factors: dict[str, Any] = written if isinstance(written, dict) else {POPULATION: written}
    faults = []
    for group, factor in factors.items():
        if group not in GROUPS:
            mend = f"Known: {', '.join(GROUPS)}."
            faults.append(
                _fault("scenario.growth", path, f"no group {group}.", mend, f"{key}.growth")
            )
        elif (
            not isinstance(factor, (int, float))
            or isinstance(factor, bool)
            or not 0 < factor < np.inf
        ):
            message = f"{factor!r} is no factor."
            mend = "Write 1.05 for 5 % more people."
            faults.append(_fault("scenario.growth", path, message, mend, f"{key}.growth"))
    return ({} if faults else {g: float(f) for g, f in factors.items()}), faults


def _proposals_of(
    name: object, key: str, path: Path, plan: Plan | None
) -> tuple[list[pd.DataFrame], list[Fault]]:
    column = f"{key}.proposals"
    if name == "plan":
        if plan is not None:
            return [plan.proposals], []
        mend = "Name its proposals.csv."
        return [], [_fault("scenario.proposals", path, "no plan is being made.", mend, column)]
    file = path.parent / str(name)
    try:
        frame = pd.read_csv(file, encoding="utf-8-sig", dtype={"facility_id": "str"})
    except (OSError, ValueError) as error:
        message = f"{name} cannot be read ({error})."
        mend = "Name a proposals.csv that capacity site wrote."
        return [], [_fault("scenario.proposals", path, message, mend, column)]
    lost = [c for c in ("service", "longitude", "latitude") if c not in frame]
    if lost:
        message = f"{name} has no column {', '.join(lost)}."
        mend = "Name a proposals.csv that capacity site wrote."
        return [], [_fault("scenario.proposals", path, message, mend, column)]
    return [frame], []
