"""A plan: what to build where so that chosen norms are met together, and what that changes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from capacity.assess.context import Context
from capacity.assess.run import assess
from capacity.errors import Fault, InputError
from capacity.siting.answers import COVERAGE
from capacity.siting.candidates import (
    from_network,
    from_population,
    no_candidates,
    outside_forbidden,
)
from capacity.siting.claims import joint_problem
from capacity.siting.compounds import compound_faults, equipped
from capacity.siting.curve import COLUMNS, coverage_curve, knees
from capacity.siting.faults import (
    candidate_faults,
    reach_faults,
    settings_faults,
    share_warnings,
)
from capacity.siting.joint import prices, solve_joint
from capacity.siting.needs import needs_of
from capacity.siting.options import SIZES, facilities_with, fitted, options_of
from capacity.siting.recheck import recheck
from capacity.siting.summary import by_norm
from capacity.vocabulary import TIERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from capacity.assess.result import Assessment
    from capacity.inputs.sites import SitingSettings
    from capacity.norms.model import NormSet
    from capacity.siting.joint import JointProblem, JointSolution
    from capacity.siting.needs import Needs
    from capacity.siting.scenario import Comparison
    from capacity.study_area import StudyArea

    Floats = NDArray[np.float64]
    Progress = Callable[[str, int, int], None]

_TINY: Final = 1e-6


@dataclass(frozen=True, repr=False)
class Plan:
    """New facilities that meet chosen norms together, and the assessment with and without them.

    Attributes
    ----------
    proposals
        One row per new facility: ``facility_id``, ``candidate_id``, ``name`` (of the site),
        ``service``, ``facility_type``, ``operator``, ``inclusive``, ``acquisition``
        (``ACQUISITIONS``, empty where not said), ``sized_in``, ``size``, ``size_minimum`` and
        ``size_maximum`` (what could be built there), the amounts of ``SIZES`` (NaN where nothing of
        it is said), ``cost``, ``street_code``, ``street_name``, ``community_code``,
        ``community_name``, ``counts_for`` (ids of the chosen norms that count it and were short
        there), ``new_people`` (in its reach and of no existing facility, by the first circle norm of
        its service; NaN without one, and in a unit to which it does not apply),
        ``new_people_share`` (the same with people in reach of several proposals divided between
        them, so that it adds up), ``site_land_area_m2`` and ``site_floor_area_m2``; points in the CRS of the study area. Sorted by candidate.
    changes
        One row per chosen norm, unit, measure and rollup that has a finding: the head of the finding,
        and ``existing``, ``shortfall``, ``share``, ``status`` and ``note`` each ``_before`` and
        ``_after``; the note says where a shortfall is only a bound.
    norms
        One row per chosen norm, see ``by_norm``: what the plan changes, to be read first.
    needs
        What the norms asked for before: columns of ``needs.COLUMNS`` without members, and
        ``planned`` (what the plan was asked to give: less where more cannot be had) and ``gives``.
    unmet
        Needs of which something is left: ``norm_id``, ``unit_code``, ``unit_name``, ``measure``,
        ``needed``, ``gives``, ``left`` and ``reason``.
    unreached
        Cells whose people no candidate can reach, see ``JointProblem``.
    unreached_units
        The same added up by norm and unit: ``norm_id``, ``unit_code``, ``people``, ``cells``; the most
        people first.
    unknown
        Findings of chosen norms without data: the plan answers nothing there.
    curve, cost_curve
        Coverage of each circle norm against the number of new sites, and against cost where something
        costs anything (each facility at its smallest size), see ``coverage_curve``; the least share
        asked for counts for nothing in them.
    knees
        Where the curves bend most, columns ``curve.KNEES``.
    compounds
        Which compounds to equip first, see ``equip_compounds``; empty where that was not asked.
    checks
        What was counted anew without the model; columns of ``check.COLUMNS``. All passed.
    before, after
        Assessments without and with the proposals.
    candidates
        All candidates, with ``allowed`` (not excluded, outside forbidden areas).
    objective, value, bound, gap, status
        What was to be least, how much of it the plan takes, what no plan beats, how far the two are
        apart, and how the search ended, in words.
    settings
        As the planner gave them, with the norms' own sizes put in.
    faults
        Warnings: what was asked that the candidates cannot give.
    """

    proposals: gpd.GeoDataFrame
    changes: pd.DataFrame
    norms: pd.DataFrame
    needs: pd.DataFrame
    unmet: pd.DataFrame
    unreached: pd.DataFrame
    unreached_units: pd.DataFrame
    unknown: pd.DataFrame
    curve: pd.DataFrame
    cost_curve: pd.DataFrame
    knees: pd.DataFrame
    compounds: pd.DataFrame
    checks: pd.DataFrame
    before: Assessment
    after: Assessment
    candidates: gpd.GeoDataFrame
    objective: str
    value: float
    bound: float
    gap: float
    status: str
    settings: SitingSettings
    faults: tuple[Fault, ...] = ()

    def __repr__(self) -> str:
        """Name, how much is built, and how good the plan is."""
        return (
            f"<Plan for {self.before.area.name}: {len(self.proposals)} new facilities, "
            f"{self.objective} {self.value:g} (at least {self.bound:g}; {self.status}), "
            f"{len(self.unmet)} needs unmet>"
        )

    def plot(
        self,
        kind: Literal["map", "curve", "cost", "norms"] = "map",
        *,
        ax: Axes | None = None,
        language: Literal["zh", "en"] = "zh",
    ) -> Axes:
        """Draw where the plan builds, or what one site after the other would bring.

        Parameters
        ----------
        kind
            ``map``: existing and new facilities, larger dots for larger ones. ``curve``, ``cost``:
            people in reach by number of new sites, or by cost, of the first circle norm. ``norms``: how
            many units are short of each norm, now and with the plan.
        ax
            Axes to draw in; a figure of their own if not given.
        language
            ``zh`` or ``en``.

        Returns
        -------
        Axes
            ``.figure.savefig("plan.png", dpi=200)`` writes it.

        Raises
        ------
        ValueError
            No such kind of figure, or nothing for it: no circle norm and so no curve, no cost, no norm
            of which a unit is short.
        MissingExtraError
            Without the extra ``figures``.
        """
        from capacity.report.figure_plan import plot_plan

        return plot_plan(self, kind, ax=ax, language=language)

    def to_folder(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        language: Literal["zh", "en"] = "zh",
        scenarios: Comparison | None = None,
    ) -> Path:
        """Write proposals, tables, workbook and manifest into a folder, whole or not at all.

        Parameters
        ----------
        path
            Folder to make.
        overwrite
            Replace a folder that is there and holds an earlier result.
        language
            ``zh`` or ``en``.
        scenarios
            What ``compare_scenarios`` gave, written as a sheet, a section of the page and a figure.

        Returns
        -------
        Path
            The folder written.
        """
        from capacity.report.siting import write_plan

        return write_plan(self, path, overwrite=overwrite, language=language, scenarios=scenarios)


def site(
    area: StudyArea,
    norms: NormSet,
    settings: SitingSettings | None = None,
    *,
    before: Assessment | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Find the least new building that meets chosen norms together.

    Parameters
    ----------
    area
        Checked inputs; its ``candidates`` and ``forbidden`` areas are used, and where there is no
        list candidates are generated.
    norms
        Norms of the selection, as for ``assess``; the settings choose among them.
    settings
        What to reach and with what; None takes those of the area (``[siting]`` of area.toml).
    before
        The assessment of the same area and norms, if it is there already.
    progress
        Called with a description, the steps done and the steps in all.

    Returns
    -------
    Plan
        Proposals, the assessment with and without them, what is left unmet and why. Existing
        facilities stay as they are. Deterministic, unless the time limit stops the search.

    Raises
    ------
    InputError
        Faults of the settings or candidates, all at once: see docs/siting.md.

    Notes
    -----
    The model is in ``capacity.siting.joint``. The needs are the shortfalls of the assessment's own
    findings, so what the plan says is closed is closed in the assessment with it; that, and the
    distances, sizes, areas and counts, are checked again before the plan is given.

    Examples
    --------
    The example, for one of the norms that its settings name:

    >>> from dataclasses import replace
    >>> from tempfile import TemporaryDirectory
    >>> import capacity
    >>> with TemporaryDirectory() as folder:
    ...     area = capacity.read_study_area(capacity.write_example(folder + "/demo"))
    >>> norms = capacity.load_norms("zhengzhou", on="2025-12-31")
    >>> places = "zhengzhou.childcare.places_per_thousand"
    >>> settings = replace(area.siting, norms=(places,), compounds=None)
    >>> plan = capacity.site(area, norms.choose(places), settings)
    >>> plan.status, plan.objective, plan.value, plan.bound
    ('optimal', 'facilities', 12.0, 12.0)
    >>> plan.proposals[["street_name", "size"]].head(2).to_numpy().tolist()
    [['示例区柳河镇', 70.0], ['示例区科技园街道', 53.0]]
    """
    say = progress or (lambda _what, _done, _all: None)
    chosen = _chosen(area, norms, settings)
    _raise([*settings_faults(chosen, norms.norms), *_compound_faults(area, norms, chosen)], chosen)
    say("assessing what there is", 0, 4)
    before = assess(area, norms) if before is None else before
    by_id = {norm.id: norm for norm in norms.norms}
    wanted = [by_id[norm_id] for norm_id in dict.fromkeys(chosen.norms)]
    compounds = pd.DataFrame() if chosen.compounds is None else equipped(before, chosen.compounds)
    candidates, options, required = _sites(area, norms, chosen)
    needs = needs_of(before, wanted, chosen)
    say("finding who is in reach of the candidates", 1, 4)
    problem = joint_problem(
        area, options, needs, norms.norms, required=required, near_m=chosen.spacing_m
    )
    attainable = problem.attainable()
    _raise(reach_faults(attainable, _heads(needs)), chosen)
    warnings = [_placed(fault, chosen) for fault in share_warnings(attainable, _shares(needs))]
    for warning in warnings:
        say(str(warning), 2, 4)
    say("looking for the least new building", 2, 4)
    solution = solve_joint(problem, chosen)
    built = np.flatnonzero(solution.size > 0)
    proposals = options.iloc[built].reset_index(drop=True)
    size = solution.size[built]
    say("assessing with the proposals", 3, 4)
    after = assess(facilities_with(area, proposals, size), norms)
    curve, cost_curve = coverage_curve(problem), _cost_curve(problem)
    changes = _changes(before.findings, after.findings, list(chosen.norms))
    asked = _needs_table(problem, solution)
    plan = Plan(
        proposals=_proposals(area, candidates, problem, solution),
        changes=changes,
        norms=by_norm(wanted, changes, asked),
        needs=asked,
        unmet=_unmet(problem, solution),
        unreached=problem.unreached,
        unreached_units=_by_unit(problem.unreached),
        unknown=needs.unknown,
        curve=curve,
        cost_curve=cost_curve,
        knees=pd.concat([knees(curve, "n_sites"), knees(cost_curve, "cost")], ignore_index=True),
        compounds=compounds,
        checks=pd.DataFrame(),
        before=before,
        after=after,
        candidates=candidates,
        objective=chosen.objective,
        value=solution.objective,
        bound=solution.bound,
        gap=solution.gap,
        status=solution.status,
        settings=chosen,
        faults=tuple(warnings),
    )
    say("", 4, 4)
    return dataclasses.replace(plan, checks=recheck(plan, wanted, needs))


def _chosen(area: StudyArea, norms: NormSet, settings: SitingSettings | None) -> SitingSettings:
    chosen = area.siting if settings is None else settings
    if chosen is None:
        fault = Fault(
            file="" if area.path is None else area.path.name,
            severity="error",
            code="siting.none",
            message="nothing says what the plan has to reach, and what may be built.",
            mend="Add a [siting] table to area.toml, with norms and [[siting.build]].",
            column="siting",
        )
        raise InputError(f"{area.name}: no plan can be made", [fault])
    asked = [norm for norm in norms.norms if norm.id in chosen.norms]
    return dataclasses.replace(chosen, build=fitted(chosen.build, asked))


def _compound_faults(area: StudyArea, norms: NormSet, settings: SitingSettings) -> list[Fault]:
    if settings.compounds is None:
        return []
    return compound_faults(settings.compounds, norms.norms, area.compounds)


def _cost_curve(problem: JointProblem) -> pd.DataFrame:
    """Give coverage against cost, each facility at its smallest size; empty if nothing has a cost."""
    fixed, by_size = prices(problem.options, "cost")
    cost = fixed + by_size * problem.options["minimum"].to_numpy(dtype=np.float64)
    return coverage_curve(problem, cost) if (cost > 0).any() else pd.DataFrame(columns=COLUMNS)


def _raise(faults: list[Fault], settings: SitingSettings) -> None:
    """Raise what is wrong, with the place in the file that the settings stand in."""
    if faults:
        noun = "fault" if len(faults) == 1 else "faults"
        placed = [_placed(fault, settings) for fault in faults]
        raise InputError(f"no plan can be made: {len(faults)} {noun}", placed)


def _placed(fault: Fault, settings: SitingSettings) -> Fault:
    """Say in which file and line the key of a fault stands, or the table that it would stand in."""
    if not settings.file or fault.file:
        return fault
    key, line = fault.column, settings.lines.get(fault.column)
    while line is None and key:
        key = key.rpartition(".")[0]
        line = settings.lines.get(key)
    rows = () if line is None else (line,)
    return dataclasses.replace(fault, file=settings.file, rows=rows)


def _heads(needs: Needs) -> list[tuple[str, str, str, float]]:
    columns = ["norm_id", "unit_code", "answer", "needed"]
    return [tuple(row) for row in needs.rows[columns].itertuples(index=False)]


def _shares(needs: Needs) -> list[tuple[str, str, str, float, float, float, float]]:
    columns = ["norm_id", "unit_code", "answer", "needed", "base_value", "existing", "target"]
    return [tuple(row) for row in needs.rows[columns].itertuples(index=False)]


def _sites(
    area: StudyArea, norms: NormSet, settings: SitingSettings
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, NDArray[np.int64]]:
    """Give all candidates, the options on those allowed, and the positions of required ones."""
    candidates = area.candidates
    if candidates is None:
        candidates = _generated(area, norms, settings)
    areas = np.zeros(0, dtype=object)
    if area.forbidden is not None:
        areas = area.forbidden.geometry.to_numpy()
    outside = outside_forbidden(candidates, areas)
    excluded = candidates["candidate_id"].isin(settings.excluded).to_numpy(dtype=bool)
    in_none = (candidates[[f"{tier}_code" for tier in TIERS]] == "").all(axis=1)
    nowhere = (candidates.geometry.isna() | in_none).to_numpy(dtype=bool)
    allowed = outside & ~excluded & ~nowhere
    candidates = candidates.assign(allowed=allowed)
    kept = np.flatnonzero(allowed)
    options = options_of(area, candidates.iloc[kept].reset_index(drop=True), settings.build)
    options = options.assign(candidate=kept[options["candidate"].to_numpy(dtype=np.int64)])
    forbidden = list(candidates.loc[~outside, "candidate_id"])
    _raise(candidate_faults(settings, candidates, options, forbidden), settings)
    required = np.flatnonzero(candidates["candidate_id"].isin(settings.required).to_numpy())
    return candidates, options, required.astype(np.int64)


def _generated(area: StudyArea, norms: NormSet, settings: SitingSettings) -> gpd.GeoDataFrame:
    if not settings.build:
        return no_candidates(area)
    if settings.candidates_from == "network":
        if area.network is None:
            fault = _placed(_nowhere("a walking network"), settings)
            raise InputError("no plan can be made: 1 fault", [fault])
        return from_network(area, area.network, settings.spacing_m)
    context = Context(area, norms.norms)
    where = context.demand(context.base_tier)
    if where is None:
        fault = _placed(_nowhere("people by place"), settings)
        raise InputError("no plan can be made: 1 fault", [fault])
    return from_population(area, where, settings.spacing_m)


def _nowhere(what: str) -> Fault:
    return Fault(
        severity="error",
        code="siting.no_candidate",
        message=f"there is no list of candidates, and without {what} none can be generated.",
        mend=f"Add [[candidates]] to area.toml, or give {what}.",
        column="candidates",
    )


# --- the tables of a plan --------------------------------------------------------------------


def _proposals(
    area: StudyArea,
    candidates: gpd.GeoDataFrame,
    problem: JointProblem,
    solution: JointSolution,
) -> gpd.GeoDataFrame:
    built = np.flatnonzero(solution.size > 0)
    rows = problem.options.iloc[built].reset_index(drop=True)
    size = solution.size[built]
    sites = candidates.iloc[rows["candidate"].to_numpy(dtype=np.int64)]
    names = dict(zip(area.units["unit_code"], area.units["unit_name"], strict=True))
    fixed, by_size = prices(rows, "cost")
    new, divided = _new_people(problem, solution)
    data: dict[str, Any] = {
        "facility_id": rows["facility_id"].array,
        "candidate_id": sites["candidate_id"].array,
        "name": rows["name"].array,
        **{n: rows[n].array for n in ("service", "facility_type", "operator", "inclusive")},
        "acquisition": sites["acquisition"].array,
        "sized_in": rows["sized_in"].array,
        "size": size,
        "size_minimum": rows["minimum"].to_numpy(),
        "size_maximum": rows["maximum"].to_numpy(),
        **{name: _amount(rows[f"{name}_per_size"], size) for name in SIZES},
        "cost": fixed + by_size * size,
        "counts_for": pd.Series(_counts_for(problem, solution)[built], dtype="object").array,
        "new_people": new[built],
        "new_people_share": divided[built],
        "site_land_area_m2": rows["site_land_area_m2"].to_numpy(),
        "site_floor_area_m2": rows["site_floor_area_m2"].to_numpy(),
    }
    for tier in ("street", "community"):
        codes = rows[f"{tier}_code"]
        data[f"{tier}_code"] = codes.array
        data[f"{tier}_name"] = pd.array([names.get(code, "") for code in codes], dtype="str")
    return gpd.GeoDataFrame(data, geometry=np.asarray(rows.geometry.array), crs=area.crs)


def _amount(per_size: pd.Series, size: Floats) -> Floats:
    rate = per_size.to_numpy(dtype=np.float64)
    return np.where(rate > 0, rate * size, np.nan)


def _counts_for(problem: JointProblem, solution: JointSolution) -> NDArray[np.object_]:
    """Ids of the norms for which each option counts where they are short."""
    found: list[list[str]] = [[] for _ in range(problem.n_options)]
    rows = problem.counts.tocoo()
    need, option = rows.coords
    sized = problem.needs["size"].to_numpy(dtype=np.float64)
    counts = (solution.size[option] > 0) & (solution.size[option] >= sized[need])
    short = problem.needs["needed"].to_numpy(dtype=np.float64) > 0
    counts &= short[need] & (rows.data > 0)
    ids = problem.needs["norm_id"].to_numpy(dtype=object)
    for r, o in zip(need[counts], option[counts], strict=True):
        found[int(o)].append(str(ids[r]))
    for circle in problem.circles:
        norm_id = str(ids[circle.need[0]])
        gains = np.bincount(
            circle.problem.candidate,
            weights=circle.problem.weight[circle.problem.group],
            minlength=circle.problem.n_candidates,
        )
        for o in circle.option[gains > 0]:
            if solution.size[o] > 0:
                found[int(o)].append(norm_id)
    packed = np.empty(problem.n_options, dtype=object)
    for o, names in enumerate(found):
        packed[o] = tuple(dict.fromkeys(names))
    return packed


def _new_people(problem: JointProblem, solution: JointSolution) -> tuple[Floats, Floats]:
    """People in reach of each option and of nothing that exists; whole, and divided.

    An option in a unit to which the circle norm does not apply, and in reach of nobody to whom it
    does, has no number.
    """
    whole = np.full(problem.n_options, np.nan)
    divided = np.full(problem.n_options, np.nan)
    for circle in problem.circles:
        if circle.whole:
            continue
        codes = problem.needs["members"].iloc[circle.need].explode()
        streets = problem.options["street_code"].isin(codes)
        asked = (streets | problem.options["community_code"].isin(codes)).to_numpy(dtype=bool)
        own = circle.problem
        built = solution.size[circle.option] > 0
        pairs = built[own.candidate]
        group, candidate = own.group[pairs], own.candidate[pairs]
        sharing = np.bincount(group, minlength=own.n_groups)
        weight = own.weight[group]
        n = own.n_candidates
        for store, people in ((whole, weight), (divided, weight / sharing[group])):
            here = np.round(np.bincount(candidate, weights=people, minlength=n), 6)
            empty = np.isnan(store[circle.option]) & (asked[circle.option] | (here > 0))
            store[circle.option[empty]] = here[empty]
    return whole, divided


def _needs_table(problem: JointProblem, solution: JointSolution) -> pd.DataFrame:
    gives = problem.gives(solution.size)
    table = problem.needs.drop(columns="members")
    return table.assign(planned=solution.planned, gives=gives)


def _unmet(problem: JointProblem, solution: JointSolution) -> pd.DataFrame:
    needs = problem.needs
    gives = problem.gives(solution.size)
    needed = needs["needed"].to_numpy(dtype=np.float64)
    left = needed - gives
    short = left > _TINY
    alone = problem.attainable() + _TINY >= needed
    circle = needs["answer"].eq(COVERAGE).to_numpy(dtype=bool)
    reason = np.where(
        alone,
        "limits of sites, number or budget",
        np.where(circle, "people whom no candidate reaches", "no candidate or size that would do"),
    )
    frame = needs[["norm_id", "unit_code", "unit_name", "measure", "needed"]]
    frame = frame.assign(gives=gives, left=left, reason=reason)
    return frame[short].reset_index(drop=True)


def _by_unit(unreached: pd.DataFrame) -> pd.DataFrame:
    """Add up whom no candidate reaches by norm and unit."""
    grouped = unreached.groupby(["norm_id", "unit_code"], sort=True, as_index=False)
    sums: pd.DataFrame = grouped.agg(people=("people", "sum"), cells=("cell", "size"))
    return sums.sort_values(
        ["norm_id", "people"], ascending=[True, False], kind="stable", ignore_index=True
    )


_HEAD: Final = [
    *("unit_code", "unit_name", "unit_type", "parent_code", "rollup", "service", "norm_id"),
    *("kind", "measure"),
]
_SHOWN: Final = ("existing", "shortfall", "share", "status", "note")


def _changes(before: pd.DataFrame, after: pd.DataFrame, norms: list[str]) -> pd.DataFrame:
    """Lay the findings of the chosen norms before and after beside each other."""
    old = before[before["norm_id"].isin(norms)]
    new = after[after["norm_id"].isin(norms)]
    asked = ["base_value", "required"]
    columns = [*_HEAD, "base_value", "standard", "unit_of_measure", "required", *_SHOWN]
    both = old[columns].merge(
        new[[*_HEAD, *asked, *_SHOWN]],
        on=_HEAD,
        how="outer",
        suffixes=("_before", "_after"),
        sort=False,
    )
    # a sum that has a verdict only with the plan has what it is measured by only there
    for name in asked:
        both[f"{name}_before"] = both[f"{name}_before"].fillna(both.pop(f"{name}_after"))
    both = both.rename(columns={f"{name}_before": name for name in asked})
    order = {norm_id: n for n, norm_id in enumerate(norms)}
    both["order"] = both["norm_id"].map(order)
    both = both.sort_values(["unit_code", "order", "measure", "rollup"], kind="stable")
    return both.drop(columns="order").reset_index(drop=True)
