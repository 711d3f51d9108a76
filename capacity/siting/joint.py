r"""The joint norm model: the least new building that meets the chosen norms all at once.

Sets: options :math:`o` (a kind of facility on a site :math:`i`), needs :math:`r` (what a norm still
asks for in a unit, from the findings of the assessment), and for a circle norm groups :math:`g` of
people who reach the same options and no existing facility.

Decisions: :math:`y_o \in \{0, 1\}` (built), :math:`q_o` (its size, whole), :math:`z_{os} \in
\{0, 1\}` (it has at least the size :math:`s`), :math:`c_g \in [0, 1]` (the group is in reach).

.. math::

    \min\ & \textstyle\sum_o (f_o y_o + v_o q_o) \\
    \text{s.t.}\ & l_o y_o \le q_o \le u_o y_o \\
    & \textstyle\sum_{o \in r} a_{ro} q_o \ge d_r && r \text{ an amount (places, beds, m²)} \\
    & \textstyle\sum_{o \in r} z_{o s_r} \ge d_r,\quad
      q_o \ge l_o y_o + (s - l_o) z_{os},\ z_{os} \le y_o && r \text{ a number of facilities} \\
    & \textstyle\sum_{g \in r} w_g c_g \ge d_r,\quad c_g \le \sum_{o \in g} y_o && r
      \text{ people in reach} \\
    & \textstyle\sum_{o \in r} (s_o - p_r w_o) q_o \ge p_r W_r - S_r && r
      \text{ a share of a whole, a ratio} \\
    & \textstyle\sum_{o \in i} b_{ok} q_o \le A_{ik} && \text{area of the site} \\
    & \textstyle\sum_{o \in i,\, \text{service}} y_o \le 1 && \text{one of a service on a site}

and, where asked for, required sites, a largest number of facilities and a budget. An option is in
every need whose norm would count it, so one facility answers many norms. The existing stock is no
decision: it is in :math:`d_r`. A share of units that must have a facility is a circle norm with
units for people: what would stand in a unit reaches it.

Units: sizes in places, beds or whole square metres; :math:`d_r` in what the norm counts; people in
persons. Every bound counts: a size of exactly :math:`s` has the size, a share of exactly the least
share is enough.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from capacity.siting.answers import AMOUNT, BALANCE, COUNT, REACHED
from capacity.siting.fit import Cover, fitted
from capacity.siting.parts import part_of_groups
from capacity.siting.problem import only
from capacity.siting.search import Gains
from capacity.siting.solve import (
    INFEASIBLE,
    OPTIMAL,
    TIME_LIMIT,
    WITHIN_GAP,
    Model,
    relative_gap,
    status_of,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity.inputs.sites import SitingSettings
    from capacity.siting.problem import CoverProblem
    from capacity.siting.solve import Relaxation, Term

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# Each group of people is snapped to a millionth: a plan brings so many more than asked in reach, or a
# ten-thousandth of a person, that the sum over cells is never short.
_SNAP: Final = 1e-6
_MARGIN: Final = 1e-4
# The solver keeps its rows to a millionth.
_NEARLY: Final = 1e-5
# Sums of people differ by so much of themselves with the order in which they are added up.
_DIGITS: Final = 1e-12
# An unmet need counts in shares of itself, so that no norm is given up because its numbers are large.
_SLACK: Final = 1e-6
# So many options are solved as they are.
_FEW: Final = 150
# About so many options are in a part that bounds the whole; more of them where that is not enough.
_IN_A_PART: Final = (150, 500)
# The parts of the time by which parts are bounded, the options that the relaxation uses are solved,
# and squares planned.
_BOUND_SHARE_OF_TIME: Final = 0.4
_FIRST_SHARE_OF_TIME: Final = 0.25
_SHARE_OF_TIME: Final = 0.75
# A person of a need whose price is nothing is worth this share of all that is to be covered.
_LEAST: Final = 1e-9
# How far squares are moved from one round to the next, in sides.
_SHIFTS: Final = ((0.0, 0.0), (0.5, 0.5), (0.0, 0.5), (0.5, 0.0))
# About so many options stand in a square that is planned anew.
_IN_A_SQUARE: Final = 70
_SECONDS_A_SQUARE: Final = 5.0
# Of the sites that a facility could move to, so many are looked at.
_LOOKED_AT: Final = 12


@dataclass(frozen=True)
class Circle:
    """A circle norm among the needs, or a share of units that must have a facility.

    Attributes
    ----------
    problem
        Groups of people, and the options in reach of each, by position in ``option``.
    option
        Position of each candidate of the problem among the options, int64.
    need, unit
        Needs of the norm, and the unit of the problem that each speaks of, int64.
    whole
        Whether groups are units that a facility stands in, and not people: these are counted in whole
        numbers.
    """

    problem: CoverProblem
    option: Ints
    need: Ints
    unit: Ints
    whole: bool = False


@dataclass(frozen=True)
class JointProblem:
    """Options, needs and who counts for what.

    Attributes
    ----------
    options
        Rows of ``options_of``.
    needs
        Rows of ``needs_of``.
    counts
        Sparse matrix of needs × options: what each unit of size adds to an amount or takes from a
        balance; the same of a facility where facilities are counted. Rows of circle norms are empty.
    circles
        The circle norms.
    near
        People near each option, which ranks those that are otherwise alike, shape (n_options,).
    required
        Positions of the candidates that must be built on.
    unreached
        Cells with people of circle norms whom neither an existing facility nor any option reaches:
        ``norm_id``, ``unit_code``, ``cell``, ``x``, ``y`` (middle of the cell, in the CRS of the study
        area), ``people`` out of reach; the most people first.
    """

    options: gpd.GeoDataFrame
    needs: pd.DataFrame
    counts: csr_array
    circles: tuple[Circle, ...]
    near: Floats
    required: Ints
    unreached: pd.DataFrame

    @property
    def n_options(self) -> int:
        """Number of options."""
        return len(self.options)

    def attainable(self) -> Floats:
        """Say how much of each need every option together could answer, shape (n_needs,).

        Two facilities of a service on one site are taken as one, the larger.
        """
        answer = self.needs["answer"].to_numpy(dtype=object)
        most = self.options["maximum"].to_numpy(dtype=np.float64)
        site = pd.factorize(_site_and_service(self.options))[0]
        found = np.zeros(len(self.needs))
        sized = self.needs["size"].to_numpy(dtype=np.float64)
        whole = self.needs["amount"].isin(["", "facilities"]).to_numpy(dtype=bool)
        for r in np.flatnonzero(~np.isin(answer, REACHED)):
            rate, option = self.row(int(r))
            large = most[option] >= sized[r] if answer[r] == COUNT else np.ones(len(option), bool)
            by_number = (answer[r] == COUNT) | whole[r]
            gives = np.where(by_number, rate, rate * most[option]) * large
            best = pd.Series(gives).clip(lower=0.0).groupby(site[option]).max()
            found[r] = float(best.sum())
        for circle in self.circles:
            left = np.bincount(
                circle.problem.unit,
                weights=circle.problem.weight,
                minlength=len(circle.problem.people),
            )
            found[circle.need] = left[circle.unit]
        return found

    def with_margin(self, planned: Floats) -> Floats:
        """Raise people to be in reach, as far as they can be, so that no rounding leaves them short.

        Parameters
        ----------
        planned
            What a plan is to give of each need, shape (n_needs,).

        Returns
        -------
        array, shape (n_needs,)
            A millionth of a person more for each group of people, at least a ten-thousandth.
        """
        more = planned.copy()
        for circle in self.circles:
            if not circle.whole:
                more[circle.need] += max(_MARGIN, _SNAP * circle.problem.n_groups)
        return np.maximum(planned, np.minimum(more, self.attainable()))

    def row(self, r: int) -> tuple[Floats, Ints]:
        """Give what one of size adds to a need, and by which options, shapes (n,)."""
        begin, end = self.counts.indptr[r], self.counts.indptr[r + 1]
        return self.counts.data[begin:end], self.counts.indices[begin:end].astype(np.int64)

    def gives(self, size: Floats) -> Floats:
        """Say how much of each need a plan answers, shape (n_needs,).

        Parameters
        ----------
        size
            Size of every option, 0 where it is not built, shape (n_options,).
        """
        answer = self.needs["answer"].to_numpy(dtype=object)
        sized = self.needs["size"].to_numpy(dtype=np.float64)
        whole = self.needs["amount"].isin(["", "facilities"]).to_numpy(dtype=bool)
        found = np.zeros(len(self.needs))
        for r in np.flatnonzero(~np.isin(answer, REACHED)):
            rate, option = self.row(int(r))
            here = size[option]
            if answer[r] == COUNT or whole[r]:
                found[r] = float(rate @ ((here > 0) & (here >= sized[r])))
            else:
                found[r] = float((rate * here).sum())
        for circle in self.circles:
            covered = circle.problem.covered_by(size[circle.option] > 0)
            people = np.bincount(
                circle.problem.unit,
                weights=circle.problem.weight * covered,
                minlength=len(circle.problem.people),
            )
            found[circle.need] = people[circle.unit]
        return found


@dataclass(frozen=True)
class JointSolution:
    """A plan as numbers.

    Attributes
    ----------
    size
        Size of every option, 0 where it is not built, shape (n_options,).
    objective, bound, gap, status
        As in ``Solution``; NaN and ``infeasible`` where not even the required sites can be built.
    planned
        What the plan was asked to give of each need, shape (n_needs,): less than is needed where
        that cannot be had.
    """

    size: Floats
    objective: float
    bound: float
    gap: float
    status: str
    planned: Floats


def prices(options: pd.DataFrame, objective: str) -> tuple[Floats, Floats]:
    """Give what each option adds to an objective: once, and for each unit of its size.

    Parameters
    ----------
    options
        Rows of ``options_of``.
    objective
        One of ``OBJECTIVES``.

    Returns
    -------
    fixed, by_size : array, shape (n_options,)
        In the unit of the objective.
    """
    n = len(options)
    if objective == "facilities":
        return np.ones(n), np.zeros(n)
    if objective == "cost":
        return options["fixed_cost"].to_numpy(np.float64), options["cost_per_size"].to_numpy(
            np.float64
        )
    return np.zeros(n), options[f"{objective}_per_size"].to_numpy(np.float64)


def solve_joint(problem: JointProblem, settings: SitingSettings) -> JointSolution:
    """Find the least building that answers every need, as far as it can be answered.

    A need that no choice of options answers is asked for as far as they do, see ``planned``; needs
    that cannot all be answered together (a budget, one area for two services) are given up by the
    least sum of shares. Among plans of the same objective one with less of the other is taken: size
    where facilities are counted, else facilities.

    Parameters
    ----------
    problem
        Options and needs.
    settings
        Objective, limits, gap and time.

    Returns
    -------
    JointSolution
        With ``status`` in the words of ``capacity.siting.solve``.
    """
    started = time.monotonic()
    needed = problem.needs["needed"].to_numpy(dtype=np.float64)
    planned = np.minimum(needed, problem.attainable())
    if problem.n_options == 0:  # nothing was asked for
        return JointSolution(np.zeros(0), 0.0, 0.0, 0.0, OPTIMAL, planned)
    reduced, kept = _without_spare(problem, planned)
    fixed, by_size = prices(reduced.options, settings.objective)
    first = _best(reduced, settings, planned, (fixed, by_size), started)
    if first.status == INFEASIBLE:
        planned = _given_up(reduced, settings, planned, started)
        if planned is None:
            n = np.zeros(problem.n_options)
            nan = float("nan")
            return JointSolution(n, nan, nan, np.inf, INFEASIBLE, np.zeros(len(needed)))
        first = _best(reduced, settings, planned, (fixed, by_size), started)
    if len(first.size) == 0:
        n = np.zeros(problem.n_options)
        return JointSolution(n, float("nan"), first.bound, np.inf, first.status, planned)
    size = first.size
    # of a plan that brings just as many in reach as are needed no more is asked
    asked = np.maximum(planned, np.minimum(reduced.with_margin(planned), reduced.gives(size)))
    tidy = _tidied(reduced, settings, asked, (fixed, by_size), size, started)
    size = tidy if _reaches(reduced, tidy, planned) else size
    moved = _nearer_to_people(_Task(reduced, settings, asked, (fixed, by_size)), size)
    size = moved if _reaches(reduced, moved, planned) else size
    objective = float(fixed @ (size > 0) + by_size @ size)
    bound = min(first.bound, objective)
    every = np.zeros(problem.n_options)
    every[kept] = size
    gap = relative_gap(objective, bound)
    status = status_of(objective, bound, settings.gap)
    return JointSolution(every, objective, bound, gap, status, planned)


def _site_and_service(options: pd.DataFrame) -> pd.Series:
    return options["candidate"].astype("str") + " " + options["service"].astype("str")


def _nearer_to_people(task: _Task, size: Floats) -> Floats:
    """Move facilities to sites with more people near, where every need stays answered.

    A facility moves to an option of the same kind, price and needs that has room for it; people in
    reach may change, as long as there are enough of them. The objective stays what it is.
    """
    problem, near = task.problem, task.problem.near
    kind = _marks(problem)
    options = problem.options
    least = options["minimum"].to_numpy(dtype=np.float64)
    most = options["maximum"].to_numpy(dtype=np.float64)
    site = options["candidate"].to_numpy(dtype=np.int64)
    required = np.isin(site, problem.required)
    for old in np.flatnonzero((size > 0) & ~required)[np.argsort(near[(size > 0) & ~required])]:
        taken = np.isin(site, site[size > 0])
        fits = (kind == kind[old]) & ~taken & (least <= size[old]) & (size[old] <= most)
        fits &= near > near[old]
        for new in np.flatnonzero(fits)[np.argsort(-near[fits], kind="stable")][:_LOOKED_AT]:
            moved = size.copy()
            moved[new], moved[old] = size[old], 0.0
            if (problem.gives(moved) >= task.planned - _NEARLY).all():
                size = moved
                break
    return size


# --- options that are alike ------------------------------------------------------------------


def _without_spare(problem: JointProblem, planned: Floats) -> tuple[JointProblem, Ints]:
    """Leave out options that are like others of which there are enough.

    Options are alike if they stand for the same needs, in the same sizes at the same cost, alone on
    their site and in no circle. Of such, those with most people near stay, as many as could ever be
    built.
    """
    alike = _classes(problem)
    order = np.lexsort((np.arange(problem.n_options), -problem.near, alike))
    first = np.r_[True, alike[order][1:] != alike[order][:-1]] if len(order) else np.zeros(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - start
    keep = np.flatnonzero(rank < _enough(problem, planned))
    return _only(problem, keep), keep


def _only(problem: JointProblem, keep: Ints) -> JointProblem:
    """Leave out all options but some, given by position, ascending."""
    position = np.full(problem.n_options, -1, dtype=np.int64)
    position[keep] = np.arange(len(keep))
    circles = []
    for circle in problem.circles:
        stays = position[circle.option] >= 0
        left = circle.problem if stays.all() else only(circle.problem, stays)
        circles.append(replace(circle, problem=left, option=position[circle.option]))
    return replace(
        problem,
        options=problem.options.iloc[keep].reset_index(drop=True),
        counts=csr_array(problem.counts[:, keep]),
        circles=tuple(circles),
        near=problem.near[keep],
    )


def _classes(problem: JointProblem) -> Ints:
    """Give options that are alike one number; one that no other is like has its own."""
    options = problem.options
    on_site = options.groupby("candidate")["candidate"].transform("size")
    lonely = on_site.eq(1).to_numpy(copy=True)
    lonely &= ~options["candidate"].isin(problem.required).to_numpy(dtype=bool)
    for circle in problem.circles:
        lonely[circle.option[circle.problem.candidate]] = False
    key = pd.Series(_marks(problem), index=options.index).astype("str")
    key = key + options[["minimum", "maximum"]].round(6).astype("str").agg("|".join, axis=1)
    own = pd.Series([f"#{i}" for i in range(len(options))], index=key.index, dtype="str")
    return np.asarray(pd.factorize(key.where(lonely, own))[0], dtype=np.int64)


def _marks(problem: JointProblem) -> Ints:
    """Give options of one kind and price that count for the same needs one number."""
    options = problem.options
    columns = ["build", "fixed_cost", "cost_per_size"]
    key = options[columns].round(6).astype("str").agg("|".join, axis=1)
    by_option = problem.counts.tocsc()
    marks = [
        ",".join(f"{r}" for r in by_option.indices[a:b])
        for a, b in zip(by_option.indptr[:-1], by_option.indptr[1:], strict=True)
    ]
    key = key + "|" + pd.Series(marks, index=key.index, dtype="str")
    return np.asarray(pd.factorize(key)[0], dtype=np.int64)


def _enough(problem: JointProblem, planned: Floats) -> Ints:
    """Say how many options like each one could ever be built, at least one."""
    most = problem.options["maximum"].to_numpy(dtype=np.float64)
    rows = problem.counts.tocoo()
    need, option = rows.coords
    answer = problem.needs["answer"].to_numpy(dtype=object)[need]
    whole = problem.needs["amount"].isin(["", "facilities"]).to_numpy(dtype=bool)[need]
    each = np.where((answer == COUNT) | whole, 1.0, rows.data * most[option])
    number = np.ceil(planned[need] / np.maximum(each, _SLACK) - _SLACK)
    # what others take from a balance may have to be made up for
    number = np.where(answer == BALANCE, problem.n_options, np.maximum(number, 0.0))
    total = np.bincount(option, weights=number, minlength=problem.n_options)
    return np.maximum(1, total).astype(np.int64)


# --- the program -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Columns:
    """Columns of a program.

    ``sized`` are those of facilities that have some size, with their options; ``reached`` those of
    groups of people, circle by circle; ``people`` rows of people that must be in reach, by need.
    """

    built: Ints
    size: Ints
    slack: Ints
    sized: list[tuple[Ints, Ints]] = field(default_factory=list)
    reached: list[Ints] = field(default_factory=list)
    people: dict[int, int] = field(default_factory=dict)


def _program(
    problem: JointProblem,
    settings: SitingSettings,
    planned: Floats,
    price: tuple[Floats, Floats],
    *,
    elastic: bool = False,
    built: tuple[Floats | float, Floats | float] = (0.0, 1.0),
    worth: Floats | None = None,
) -> tuple[Model, _Columns]:
    """Lay the model out.

    With ``elastic`` needs may be missed, ``built`` are bounds of what is built, and with ``worth`` of a
    person of every need people in reach are paid for instead of asked for.
    """
    options = problem.options
    n = problem.n_options
    least = options["minimum"].to_numpy(dtype=np.float64)
    most = options["maximum"].to_numpy(dtype=np.float64)
    model = Model()
    y = model.variables(n, lower=built[0], upper=built[1], integer=True, objective=price[0])
    q = model.variables(n, upper=most, integer=True, objective=price[1])
    weight = 1.0 / np.maximum(planned, 1.0)
    s = model.variables(
        len(planned) if elastic else 0, upper=_missed(problem, planned) if elastic else 0.0,
        objective=weight if elastic else 0.0,
    )  # fmt: skip
    row = np.arange(n)
    model.constrain(n, (row, q, 1.0), (row, y, -least), lower=0.0)
    model.constrain(n, (row, q, 1.0), (row, y, -most), upper=0.0)
    columns = _Columns(y, q, s)
    _limits(model, problem, settings, columns)
    _needs(model, problem, planned, columns, worth)
    return model, columns


def _missed(problem: JointProblem, planned: Floats) -> Floats:
    """Say how much of each need may be missed: all of it, and of a balance anything."""
    balance = problem.needs["answer"].eq(BALANCE).to_numpy(dtype=bool)
    return np.where(balance, np.inf, planned)


def _limits(
    model: Model, problem: JointProblem, settings: SitingSettings, columns: _Columns
) -> None:
    """Add the limits of sites, of the number of facilities and of the budget."""
    options, y, q = problem.options, columns.built, columns.size
    group, names = pd.factorize(_site_and_service(options))
    shared = np.bincount(group, minlength=len(names)) > 1
    _sums(model, group, shared, (y, np.ones(len(y))), upper=1.0)
    site, sites = pd.factorize(options["candidate"].to_numpy())
    several = np.bincount(site, minlength=len(sites)) > 1
    for name in ("land_area_m2", "floor_area_m2"):
        room = options[f"site_{name}"].to_numpy(dtype=np.float64)
        rate = options[f"{name}_per_size"].to_numpy(dtype=np.float64)
        limit = np.full(len(sites), np.inf)
        limit[site] = np.where(np.isnan(room), np.inf, room)
        bounded = several & np.isfinite(limit)
        _sums(model, site, bounded, (q, rate), upper=limit[bounded])
    must = np.isin(sites, problem.required)
    _sums(model, site, must, (y, np.ones(len(y))), lower=1.0)
    everywhere, whole = np.zeros(len(y), dtype=np.int64), np.array([True])
    if settings.maximum_facilities is not None:
        upper = float(settings.maximum_facilities)
        _sums(model, everywhere, whole, (y, np.ones(len(y))), upper=upper)
    if settings.budget is not None:
        fixed, by_size = prices(options, "cost")
        zero = np.zeros(len(y), dtype=np.int64)
        model.constrain(1, (zero, y, fixed), (zero, q, by_size), upper=settings.budget)


def _sums(
    model: Model,
    group: Ints,
    wanted: NDArray[np.bool_],
    terms: tuple[Ints, Floats],
    *,
    lower: float = -np.inf,
    upper: float | Floats = np.inf,
) -> None:
    """Bound the sum over each of some groups of options."""
    number = np.cumsum(wanted) - 1
    some = wanted[group]
    if some.any():
        column, value = terms
        term = (number[group[some]], column[some], value[some])
        model.constrain(int(wanted.sum()), term, lower=lower, upper=upper)


def _needs(
    model: Model,
    problem: JointProblem,
    planned: Floats,
    columns: _Columns,
    worth: Floats | None,
) -> None:
    answer = problem.needs["answer"].to_numpy(dtype=object)
    amount = problem.needs["amount"].to_numpy(dtype=object)
    for kind in (AMOUNT, BALANCE, COUNT):
        rows = np.flatnonzero(answer == kind)
        number = np.full(len(answer), -1, dtype=np.int64)
        number[rows] = np.arange(len(rows))
        found = problem.counts[rows].tocoo() if len(rows) else None
        if found is None:
            continue
        of_row, option = (np.asarray(at, dtype=np.int64) for at in found.coords)
        if kind != COUNT:
            by_number = np.isin(amount[rows], ["", "facilities"])[of_row]
            column = np.where(by_number, columns.built[option], columns.size[option])
            value = found.data
        else:
            sizes = problem.needs["size"].to_numpy(dtype=np.float64)[rows][of_row]
            column, value = _of_size(model, problem, columns, option, sizes), np.ones(len(option))
            there = column >= 0
            of_row, column, value = of_row[there], column[there], value[there]
        terms: list[Term] = [(of_row, column, value)]
        if len(columns.slack):
            terms.append((np.arange(len(rows)), columns.slack[rows], 1.0))
        model.constrain(len(rows), *terms, lower=planned[rows] - _SLACK * (kind != COUNT))
    for circle in problem.circles:
        _reach(model, circle, planned, columns, worth)


def _of_size(
    model: Model, problem: JointProblem, columns: _Columns, option: Ints, size: Floats
) -> Ints:
    """Give the column that says whether an option has a size; −1 where it cannot have it."""
    least = problem.options["minimum"].to_numpy(dtype=np.float64)[option]
    most = problem.options["maximum"].to_numpy(dtype=np.float64)[option]
    column = np.where(size <= least, columns.built[option], -1)
    may = (size > least) & (size <= most)
    pairs, at = np.unique(np.column_stack([option[may], size[may]]), axis=0, return_inverse=True)
    at = at.ravel()
    if len(pairs):
        z = model.variables(len(pairs), upper=1.0, integer=True)
        which, wanted = pairs[:, 0].astype(np.int64), pairs[:, 1]
        floor = problem.options["minimum"].to_numpy(dtype=np.float64)[which]
        row = np.arange(len(pairs))
        y, q = columns.built[which], columns.size[which]
        model.constrain(len(pairs), (row, z, 1.0), (row, y, -1.0), upper=0.0)
        terms = ((row, q, 1.0), (row, y, -floor), (row, z, floor - wanted))
        model.constrain(len(pairs), *terms, lower=0.0)
        columns.sized.append((z, which))
        column[may] = z[at]
    return column


def _reach(
    model: Model, circle: Circle, planned: Floats, columns: _Columns, worth: Floats | None
) -> None:
    """Add who is in reach, and how many of them there must be or what they are worth."""
    problem = circle.problem
    paid = np.zeros(problem.n_groups)
    if worth is not None:
        by_unit = np.zeros(len(problem.people))
        by_unit[circle.unit] = worth[circle.need]
        paid = -problem.weight * by_unit[problem.unit]
    c = model.variables(problem.n_groups, upper=1.0, objective=paid)
    columns.reached.append(c)
    group = problem.group
    y = columns.built[circle.option[problem.candidate]]
    model.constrain(
        problem.n_groups, (np.arange(problem.n_groups), c, 1.0), (group, y, -1.0), upper=0.0
    )
    if worth is not None:
        return
    columns.people.update({int(r): model.n_rows + k for k, r in enumerate(circle.need)})
    number = np.full(len(problem.people), -1, dtype=np.int64)
    number[circle.unit] = np.arange(len(circle.unit))
    asked = number[problem.unit]
    some = asked >= 0
    left = np.bincount(asked[some], weights=problem.weight[some], minlength=len(circle.unit))
    terms: list[Term] = [(asked[some], c[some], problem.weight[some])]
    if len(columns.slack):
        terms.append((np.arange(len(circle.need)), columns.slack[circle.need], 1.0))
    model.constrain(len(circle.need), *terms, lower=np.minimum(planned[circle.need], left - _SLACK))


# --- solving ---------------------------------------------------------------------------------


def _left(settings: SitingSettings, started: float) -> float:
    return max(1.0, settings.time_limit_s - (time.monotonic() - started))


@dataclass(frozen=True)
class _Found:
    """Sizes (empty where there are none), what no plan beats, and a status."""

    size: Floats
    bound: float
    status: str


def _best(
    problem: JointProblem,
    settings: SitingSettings,
    planned: Floats,
    price: tuple[Floats, Floats],
    started: float,
) -> _Found:
    """Solve: few options at once, many by parts of the area, and only what is left all together.

    The relaxation gives a bound and prices, the parts of the area with these prices a better bound and
    a place to begin, squares of the area planned one after the other a plan. All options together are
    looked at only where plan and bound are further apart than was asked, and for something better.
    """
    task = _Task(problem, settings, problem.with_margin(planned), price)
    # what bounds a plan is asked for no margin: a share of exactly the least share is enough
    model, columns = _program(problem, settings, planned, price)
    nothing = np.zeros(problem.n_options)
    if problem.n_options <= _FEW:
        return _together(task, model, columns, (math.nan, nothing, planned), started)
    relaxed = model.relax(time_limit_s=_left(settings, started))
    bound = _rounded_up(relaxed.objective, price)
    size = nothing
    if relaxed.status == OPTIMAL:
        in_parts = _in_parts(task, model, columns, relaxed, started)
        if in_parts is None:
            return _Found(np.empty(0), np.nan, INFEASIBLE)
        size, bound = in_parts
        if not size.any():
            size = _used(task, relaxed.values[columns.built], started)
        if size.any() and not task.within(size, bound):
            size = _improved(task, size, bound, started)
    if relaxed.status == INFEASIBLE or task.within(size, bound):
        words = INFEASIBLE if relaxed.status == INFEASIBLE else WITHIN_GAP
        return _Found(size if size.any() else np.empty(0), bound, words)
    found = _together(task, model, columns, (bound, size, planned), started)
    # Held to what is known already, the solver may have found nothing else in time.
    return _Found(size, found.bound, TIME_LIMIT) if len(found.size) == 0 and size.any() else found


def _reaches(problem: JointProblem, size: Floats, planned: Floats) -> bool:
    """Whether a plan has all people in reach that it was to have, but for the last digits of sums."""
    people = problem.needs["answer"].isin(REACHED).to_numpy(dtype=bool)
    least = planned - _DIGITS * np.maximum(1.0, np.abs(planned))
    return bool((problem.gives(size) >= least)[people].all())


def _together(
    task: _Task,
    model: Model,
    columns: _Columns,
    known: tuple[float, Floats, Floats],
    started: float,
) -> _Found:
    """Solve all options together, with a bound and a plan that are known, for what is planned.

    The margin is asked for only where the solver has let some people pass.
    """
    bound, size, planned = known
    for asked in (planned, task.planned):
        if asked is not planned:
            model, columns = _program(task.problem, task.settings, asked, task.price)
        if size.any():
            _hold(model, columns, task.price, task.worth(size))
        left = _left(task.settings, started)
        found = model.solve(gap=task.settings.gap, time_limit_s=left)
        if asked is planned:
            bound = float(np.fmax(bound, _rounded_up(found.bound, task.price)))
        sizes = _sizes(found.values, columns) if found.found else np.empty(0)
        if len(sizes) == 0 or _reaches(task.problem, sizes, planned):
            break
    return _Found(sizes, bound, found.status)


def _in_parts(
    task: _Task, model: Model, columns: _Columns, relaxed: Relaxation, started: float
) -> tuple[Floats, float] | None:
    """Bound the whole by parts of the area, and plan from what they would build; None if impossible.

    Nothing is built in the sizes where no plan was found that answers every need.
    """
    worth = np.zeros(len(task.planned))
    for need, row in columns.people.items():
        worth[need] = relaxed.prices[row]
    bound = _rounded_up(relaxed.objective, task.price)
    best = np.zeros(task.problem.n_options)
    cover = _cover_of(task, worth)
    for number in _IN_A_PART:
        limit = _BOUND_SHARE_OF_TIME * _left(task.settings, started)
        square = _squares(task.problem, number, (0.0, 0.0))
        part = _part_of_columns(task.problem, model, columns, square)
        found = model.in_parts(part, relaxed.prices, time_limit_s=limit)
        if found.status == INFEASIBLE:
            return None
        bound = float(np.fmax(bound, _rounded_up(found.bound, task.price)))
        if not task.within(best, bound):
            begin = _sizes(found.values, columns)
            best = _less(task, best, _for_people(task, cover, begin, bound, started))
        if task.within(best, bound) or square.max(initial=0) == 0:
            break
    return best, bound


def _squares(problem: JointProblem, number: int, shift: tuple[float, float]) -> Ints:
    """Lay squares with about so many options each over the area, and number them from 0."""
    points = problem.options.geometry
    xy = np.column_stack([points.x, points.y])
    low, span = xy.min(axis=0), np.maximum(xy.max(axis=0) - xy.min(axis=0), 1.0)
    side = math.sqrt(number * float(span[0] * span[1]) / len(xy))
    square = np.floor((xy - low) / side + np.array(shift)).astype(np.int64)
    return np.unique(square, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


def _part_of_columns(problem: JointProblem, model: Model, columns: _Columns, square: Ints) -> Ints:
    """Give the square of every column; −1 for groups that options of several squares reach."""
    part = np.full(model.n_variables, -1, dtype=np.int64)
    part[columns.built] = part[columns.size] = square
    for sized, option in columns.sized:
        part[sized] = square[option]
    for circle, reached in zip(problem.circles, columns.reached, strict=True):
        own = circle.problem
        here = square[circle.option[own.candidate]]
        part[reached] = part_of_groups(own.group, here, own.n_groups)
    return part


def _cover_of(task: _Task, worth: Floats) -> Cover:
    """Say what options answer by being built at all, with the worth of a person of every need."""
    problem, n = task.problem, task.problem.n_options
    options = problem.options
    most = options["maximum"].to_numpy(dtype=np.float64)
    none = np.zeros(0, dtype=np.int64)
    parts: list[tuple[Ints, Ints, Floats, Ints]] = [(none, none, np.zeros(0), none)]
    number = 0
    for circle in problem.circles:
        own = circle.problem
        need_of = np.full(len(own.people), -1, dtype=np.int64)
        need_of[circle.unit] = circle.need
        need = need_of[own.unit]
        rows = np.cumsum(need >= 0) - 1
        some = need[own.group] >= 0
        group = own.group[some]
        option = circle.option[own.candidate[some]]
        parts.append((rows[group] + number, option, own.weight[group], need[group]))
        number += int((need >= 0).sum())
    answer = problem.needs["answer"].to_numpy(dtype=object)
    sizes = problem.needs["size"].to_numpy(dtype=np.float64)
    whole = problem.needs["amount"].isin(["", "facilities"]).to_numpy(dtype=bool)
    held = np.isin(options["candidate"].to_numpy(dtype=np.int64), problem.required)
    planned = np.zeros(len(answer))
    for r in np.flatnonzero(~np.isin(answer, REACHED) & (task.planned > 0)):
        rate, option = problem.row(int(r))
        if answer[r] == COUNT or whole[r]:
            gives = (most[option] >= sizes[r]).astype(np.float64)
        else:
            gives = rate * most[option]
        if answer[r] != BALANCE and (gives[gives > 0] >= task.planned[r] - _SLACK).all():
            option = option[gives > 0].astype(np.int64)
            one = np.ones(len(option))
            parts.append((np.full(len(option), number), option, one, np.full(len(option), r)))
            planned[r], number = 1.0, number + 1
        else:
            # Several are needed: what has them keeps them.
            held[option] = True
    people = np.isin(answer, REACHED)
    planned[people] = task.planned[people]
    row, option, gain, need = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((option, row))
    first = np.r_[True, row[order][1:] != row[order][:-1]] if len(row) else np.zeros(0, bool)
    _, rank = np.unique(row[order], return_inverse=True)
    cost = task.price[0] + task.price[1] * options["minimum"].to_numpy(dtype=np.float64)
    a_person = worth if (worth[people] > 0).any() else np.where(people, 1.0, 0.0)
    top = np.bincount(need[order][first], weights=gain[order][first], minlength=len(answer))
    scale = float((a_person * top)[people].sum()) or 1.0
    alone = options.groupby("candidate")["candidate"].transform("size").eq(1).to_numpy(dtype=bool)
    return Cover(
        gains=Gains(rank.ravel(), option[order], gain[order], int(first.sum()), n),
        need=need[order][first],
        planned=planned,
        worth=np.where(people, np.maximum(a_person, scale * _LEAST), scale),
        cost=cost,
        held=held,
        free=alone,
    )


def _for_people(task: _Task, cover: Cover, size: Floats, bound: float, started: float) -> Floats:
    """Plan square after square with people in reach paid for, and fit each round to what is asked.

    A plan in which people are paid for may have too few in reach or too many, but is nearly the best
    for as many as it has; adding, exchanging and taking away single options makes it fit.
    """
    until = started + _SHARE_OF_TIME * task.settings.time_limit_s
    best = _less(task, np.zeros_like(size), _fitted_sizes(task, cover, size, until))
    changed = True
    while changed and not task.within(best, bound):
        changed = False
        for shift in _SHIFTS:
            square = _squares(task.problem, _IN_A_SQUARE, shift)
            for at in range(int(square.max(initial=-1)) + 1):
                found = _paid_for(task, cover, size, np.flatnonzero(square == at), until)
                changed |= found is not None
                size = size if found is None else found
            best = _less(task, best, _fitted_sizes(task, cover, size, until))
            if task.within(best, bound) or time.monotonic() > until:
                return best
    return best


def _paid_for(task: _Task, cover: Cover, size: Floats, window: Ints, until: float) -> Floats | None:
    """Plan some options anew, people in reach paid for; None where that changes nothing for the better."""
    left = until - time.monotonic()
    if left <= 0:
        return None
    rest = size.copy()
    rest[window] = 0.0
    part = _only(_without_covered(task.problem, rest), window)
    gives = task.problem.gives(rest)
    asked = np.minimum(np.maximum(0.0, task.planned - gives), part.attainable())
    price = (task.price[0][window], task.price[1][window])
    settings = _what_is_left(task, rest)
    model, columns = _program(part, settings, asked, price, worth=cover.worth)
    found = model.solve(gap=0.0, time_limit_s=min(left, _SECONDS_A_SQUARE))
    if not found.found:
        return None
    rest[window] = _sizes(found.values, columns)
    return rest if _merit(task, cover, rest) < _merit(task, cover, size) else None


def _merit(task: _Task, cover: Cover, size: Floats) -> tuple[float, float]:
    """Give what is short of needs other than people, and the objective less what people are worth."""
    gives = task.problem.gives(size)
    people = task.problem.needs["answer"].isin(REACHED).to_numpy(dtype=bool)
    short = np.maximum(0.0, task.planned - gives)[~people] / np.maximum(1.0, task.planned[~people])
    paid = float((cover.worth * gives)[people].sum())
    return round(float(short.sum()), 6), round(task.worth(size) - paid, 6)


def _fitted_sizes(task: _Task, cover: Cover, size: Floats, until: float) -> Floats:
    """Fit a choice to what is asked, and give its options the least sizes; nothing where it cannot be."""
    chosen = fitted(replace(cover, free=cover.free | (size > 0)), size > 0, until=until)
    nothing = np.zeros_like(size)
    if chosen is None:
        return nothing
    people = task.problem.needs["answer"].isin(REACHED).to_numpy(dtype=bool)
    without = replace(task.problem, circles=())
    asked = np.where(people, 0.0, task.planned)
    low = chosen.astype(np.float64)
    for high in (low, 1.0):  # more facilities only where these cannot be large enough
        model, columns = _program(without, task.settings, asked, task.price, built=(low, high))
        found = model.solve(gap=0.0, time_limit_s=max(1.0, until - time.monotonic()))
        if found.found:
            sizes = _sizes(found.values, columns)
            answered = (task.problem.gives(sizes) >= task.planned - _NEARLY).all()
            return sizes if answered else nothing
    return nothing


def _less(task: _Task, one: Floats, other: Floats) -> Floats:
    """Give the plan of less objective; no plan at all is worse than any."""
    if not other.any():
        return one
    return other if not one.any() or task.worth(other) < task.worth(one) - _SLACK else one


@dataclass(frozen=True)
class _Task:
    """What is to be solved, with what each option adds to the objective.

    What is ``planned`` has the margin in it; bounds are of what is asked without it.
    """

    problem: JointProblem
    settings: SitingSettings
    planned: Floats
    price: tuple[Floats, Floats]

    def worth(self, size: Floats) -> float:
        """Add the objective up."""
        return float(self.price[0] @ (size > 0) + self.price[1] @ size)

    def within(self, size: Floats, bound: float) -> bool:
        """Whether there is a plan, and it is as near to a bound as was asked."""
        worth = self.worth(size)
        return bool(size.any()) and relative_gap(worth, min(bound, worth)) <= self.settings.gap


def _improved(task: _Task, size: Floats, bound: float, started: float) -> Floats:
    """Plan one square of the area after the other anew, everything outside it held.

    A whole area is too much to be searched through, a square of it is not; the squares of two lattices
    half a square apart are gone through until nothing gets better or half of the time is over.
    """
    until = started + _SHARE_OF_TIME * task.settings.time_limit_s
    better = True
    while better and time.monotonic() < until and not task.within(size, bound):
        better = False
        for shift in _SHIFTS[:2]:
            square = _squares(task.problem, _IN_A_SQUARE, shift)
            for at in range(int(square.max(initial=-1)) + 1):
                found = _planned_anew(task, size, np.flatnonzero(square == at), until)
                better |= task.worth(found) < task.worth(size) - _SLACK
                size = found
    return size


def _planned_anew(task: _Task, size: Floats, window: Ints, until: float) -> Floats:
    """Plan some options anew; the same sizes where that gains nothing."""
    left = until - time.monotonic()
    if left <= 0 or not (size[window] > 0).any():
        return size
    rest = size.copy()
    rest[window] = 0.0
    asked = np.maximum(np.minimum(0.0, task.planned), task.planned - task.problem.gives(rest))
    part = _only(_without_covered(task.problem, rest), window)
    settings = _what_is_left(task, rest)
    price = (task.price[0][window], task.price[1][window])
    model, columns = _program(part, settings, asked, price)
    _hold(model, columns, price, task.worth(size) - task.worth(rest))
    found = model.solve(gap=0.0, time_limit_s=min(left, _SECONDS_A_SQUARE))
    if not found.found:
        return size
    rest[window] = _sizes(found.values, columns)
    whole = task.problem.gives(rest) >= task.planned - _NEARLY
    return rest if whole.all() and task.worth(rest) < task.worth(size) - _SLACK else size


def _what_is_left(task: _Task, rest: Floats) -> SitingSettings:
    """Take off the limits what is spent elsewhere."""
    settings = task.settings
    if settings.maximum_facilities is not None:
        number = settings.maximum_facilities - int((rest > 0).sum())
        settings = replace(settings, maximum_facilities=number)
    if settings.budget is not None:
        fixed, by_size = prices(task.problem.options, "cost")
        spent = float(fixed @ (rest > 0) + by_size @ rest)
        settings = replace(settings, budget=settings.budget - spent)
    return settings


def _without_covered(problem: JointProblem, size: Floats) -> JointProblem:
    """Leave out the people whom a plan brings in reach."""
    circles = []
    for circle in problem.circles:
        own = circle.problem
        open_ = ~own.covered_by(size[circle.option] > 0)
        length = np.diff(own.starts)[open_]
        left = replace(
            own,
            weight=own.weight[open_],
            unit=own.unit[open_],
            starts=np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
            candidate=own.candidate[open_[own.group]],
        )
        circles.append(replace(circle, problem=left))
    return replace(problem, circles=tuple(circles))


def _used(task: _Task, built: Floats, started: float) -> Floats:
    """Solve with the options that the relaxation builds at least in part; nothing without a plan."""
    keep = np.flatnonzero(built > _SLACK)
    some = _only(task.problem, keep)
    price = (task.price[0][keep], task.price[1][keep])
    model, columns = _program(some, task.settings, task.planned, price)
    limit = _FIRST_SHARE_OF_TIME * _left(task.settings, started)
    found = model.solve(gap=task.settings.gap / 2, time_limit_s=limit)
    size = np.zeros(task.problem.n_options)
    if not found.found:
        return size
    size[keep] = _sizes(found.values, columns)
    return size


def _rounded_up(bound: float, price: tuple[Floats, Floats]) -> float:
    """Raise a bound to a whole number where the objective can only be one."""
    whole = all((part == np.round(part)).all() for part in price)
    return math.ceil(bound - _MARGIN) if whole and math.isfinite(bound) else bound


def _hold(model: Model, columns: _Columns, price: tuple[Floats, Floats], objective: float) -> None:
    """Ask for an objective no worse than one that is known."""
    zero = np.zeros(len(columns.built), dtype=np.int64)
    terms = ((zero, columns.built, price[0]), (zero, columns.size, price[1]))
    model.constrain(1, *terms, upper=objective + _SLACK)


def _given_up(
    problem: JointProblem, settings: SitingSettings, planned: Floats, started: float
) -> Floats | None:
    """Say how much of each need can be answered together; None where nothing can be built."""
    nothing = np.zeros(problem.n_options)
    model, columns = _program(problem, settings, planned, (nothing, nothing), elastic=True)
    found = model.solve(gap=settings.gap, time_limit_s=_left(settings, started))
    if not found.found:
        return None
    size = _sizes(found.values, columns)
    gives = problem.gives(size)
    margin = problem.with_margin(gives) - gives
    return np.minimum(planned, gives - np.minimum(margin, np.maximum(gives, 0.0)))


def _sizes(values: Floats, columns: _Columns) -> Floats:
    return np.where(values[columns.built] > 0.5, values[columns.size], 0.0)  # noqa: PLR2004  # 0 or 1


def _tidied(  # noqa: PLR0917  # the task, and what was found for it
    problem: JointProblem,
    settings: SitingSettings,
    planned: Floats,
    price: tuple[Floats, Floats],
    size: Floats,
    started: float,
) -> Floats:
    """Take of the plans that are as good the one with least of the other objective.

    With facilities counted, the sites stay and are made as small as they can be; else the objective
    is held and facilities are saved, as far as the time allows.
    """
    n = problem.n_options
    if settings.objective == "facilities":
        built = (size > 0).astype(np.float64)
        model, columns = _program(
            problem, settings, planned, (np.zeros(n), np.ones(n)), built=(built, built)
        )
    else:
        model, columns = _program(problem, settings, planned, (np.ones(n), np.zeros(n)))
        _hold(model, columns, price, float(price[0] @ (size > 0) + price[1] @ size))
    second = model.solve(gap=settings.gap, time_limit_s=_left(settings, started))
    if not second.found:
        return size
    tidy = _sizes(second.values, columns)
    before, after = (float((some > 0).sum()) for some in (size, tidy))
    return tidy if settings.objective == "facilities" or after <= before else size
