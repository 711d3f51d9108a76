"""Mixed-integer linear programs: built from triplets, solved by HiGHS, answered in words.

Every model of siting stands on this: it adds variables and constraints as arrays to a ``Model``, and
reads a ``Solution`` that always has an objective, a bound, a gap and a status in words. Nothing else
in the library calls a solver.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csc_array, csr_array, vstack

from capacity.siting.parts import part_of_groups
from capacity.siting.quiet import without_noise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Term = tuple[Ints, Ints, ArrayLike]

OPTIMAL: Final = "optimal"
WITHIN_GAP: Final = "within gap"
TIME_LIMIT: Final = "time limit reached"
NO_SOLUTION: Final = "time limit reached, no solution found"
INFEASIBLE: Final = "infeasible"
UNBOUNDED: Final = "unbounded"
FAILED: Final = "failed"

GAP: Final = 1e-4
"""Relative gap at which a solution is good enough, unless said otherwise."""
TIME_LIMIT_S: Final = 60.0
"""Seconds that a solve may take, unless said otherwise."""

# What is nearer to the bound than this is equal to it: sums of floats are no more exact.
_EXACT: Final = 1e-9
# An integer that is further than this from whole makes what depends on it be solved again.
_WHOLE: Final = 1e-9
# scipy's words for how HiGHS ended.
_SOLVED, _STOPPED, _INFEASIBLE, _UNBOUNDED = 0, 1, 2, 3


def relative_gap(objective: float, bound: float) -> float:
    r"""Say how far a solution may be from the best, as a share of its objective.

    Parameters
    ----------
    objective, bound
        Of a solution, and what no solution beats; NaN where there is none.

    Returns
    -------
    float
        \|bound − objective\| / \|objective\|, 0 where they are equal to nine digits, infinite where
        one is missing or the objective alone is 0.

    Examples
    --------
    >>> relative_gap(100.0, 103.0)
    0.03
    """
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    apart = abs(bound - objective)
    if apart <= _EXACT * max(1.0, abs(objective)):
        return 0.0
    return apart / abs(objective) if objective else math.inf


def status_of(objective: float, bound: float, gap: float) -> str:
    """Say in words how good a solution is.

    Parameters
    ----------
    objective, bound
        Of the solution, and what no solution beats.
    gap
        What was asked for; exactly the gap is within it.

    Returns
    -------
    str
        ``optimal`` where the two are equal to nine digits, ``within gap``, or ``time limit reached``.
    """
    found = relative_gap(objective, bound)
    if found == 0:
        return OPTIMAL
    return WITHIN_GAP if found <= gap else TIME_LIMIT


@dataclass(frozen=True)
class Solution:
    """What a solver found, and how good it is.

    Attributes
    ----------
    values
        Value of every variable, shape (n_variables,), integers whole; empty where there is none.
    objective
        Of these values; NaN where there is none.
    bound
        What no solution beats: at least ``objective`` when it is to be large, at most when small;
        NaN where nothing is known.
    gap
        How far the two are apart, see ``relative_gap``.
    status
        ``optimal``; ``within gap``: as near to the bound as was asked; ``time limit reached``: there is
        a solution, valid but further from the bound; ``time limit reached, no solution found``;
        ``infeasible``; ``unbounded``; ``failed``: the solver gave up.
    """

    values: Floats
    objective: float
    bound: float
    gap: float
    status: str

    @property
    def found(self) -> bool:
        """Whether there are values."""
        return self.status in {OPTIMAL, WITHIN_GAP, TIME_LIMIT}


@dataclass(frozen=True)
class Relaxation:
    """The optimum of a linear relaxation.

    Attributes
    ----------
    values
        Value of every variable, shape (n_variables,); empty where there is none.
    objective
        Of these values: no solution of the program beats it; NaN where there is none.
    status
        ``optimal``, ``infeasible`` (and so is the program), ``unbounded``, ``failed``, or
        ``time limit reached, no solution found``.
    prices
        What the objective changes by where the bound of a row that holds is one higher, shape
        (n_rows,); empty where there is none.
    """

    values: Floats
    objective: float
    status: str
    prices: Floats


@dataclass(frozen=True)
class InParts:
    """A program solved part by part, the rows that join the parts priced instead of kept.

    Attributes
    ----------
    values
        Value of every variable, shape (n_variables,), whole where it must be; the rows that join
        parts need not hold. Empty where a part has no solution at all.
    bound
        What no solution of the whole program beats; NaN where nothing is known.
    status
        ``optimal`` where every part is solved, ``time limit reached`` where the bound is valid but
        could be better, ``infeasible`` (and so is the program).
    """

    values: Floats
    bound: float
    status: str


@dataclass
class Model:
    r"""A mixed-integer linear program, put together from arrays.

    .. math:: \min_x\ c^T x \quad \text{or} \quad \max_x\ c^T x, \qquad
              b_l \le A x \le b_u,\quad l \le x \le u,\quad x_i \in \mathbb{Z} \ (i \in I)

    Attributes
    ----------
    maximise
        Whether the objective is to be large.
    n_variables, n_rows
        How many there are so far.

    Notes
    -----
    Deterministic: the same arrays in the same order give the same values, unless the time limit stops
    the search. Callers order candidates by id and groups by their candidates, so that the order of
    rows of an input does not matter. Among equally good solutions the one with the least ``then`` is
    taken, where ``then`` is given: it is solved for afterwards, with the objective held.

    Examples
    --------
    One of two sites, and the larger gain:

    >>> model = Model(maximise=True)
    >>> x = model.variables(2, upper=1.0, integer=True, objective=[3.0, 4.0])
    >>> model.constrain(1, (np.zeros(2, dtype=np.int64), x, 1.0), upper=1.0)
    >>> solution = model.solve()
    >>> solution.values.tolist(), solution.objective, solution.status
    ([0.0, 1.0], 4.0, 'optimal')
    """

    maximise: bool = False
    n_variables: int = 0
    n_rows: int = 0
    _objective: list[Floats] = field(default_factory=list, repr=False)
    _lower: list[Floats] = field(default_factory=list, repr=False)
    _upper: list[Floats] = field(default_factory=list, repr=False)
    _integer: list[NDArray[np.bool_]] = field(default_factory=list, repr=False)
    _terms: list[tuple[Ints, Ints, Floats]] = field(default_factory=list, repr=False)
    _least: list[Floats] = field(default_factory=list, repr=False)
    _most: list[Floats] = field(default_factory=list, repr=False)

    def variables(
        self,
        n: int,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        integer: ArrayLike = False,
        objective: ArrayLike = 0.0,
    ) -> Ints:
        """Add variables.

        Parameters
        ----------
        n
            How many.
        lower, upper
            Bounds, one or shape (n,).
        integer
            Which must be whole, one or shape (n,).
        objective
            What one of each adds to the objective, one or shape (n,).

        Returns
        -------
        array of int64, shape (n,)
            Their columns.
        """
        for store, given in (
            (self._objective, objective),
            (self._lower, lower),
            (self._upper, upper),
        ):
            store.append(np.broadcast_to(np.asarray(given, dtype=np.float64), (n,)))
        self._integer.append(np.broadcast_to(np.asarray(integer, dtype=np.bool_), (n,)))
        first = self.n_variables
        self.n_variables += n
        return np.arange(first, first + n, dtype=np.int64)

    def set_objective(self, objective: ArrayLike) -> None:
        """Replace what variables add to the objective.

        Parameters
        ----------
        objective
            Of every variable so far, shape (n_variables,).
        """
        given = np.asarray(objective, dtype=np.float64)
        self._objective = [np.broadcast_to(given, (self.n_variables,))]

    def constrain(
        self, n: int, *terms: Term, lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf
    ) -> None:
        """Add rows: the sum of the terms of each lies between its bounds, which count.

        Parameters
        ----------
        n
            How many rows; a row without a term is 0.
        *terms
            Row (0 to n − 1), column and coefficient, the last also one for all; coefficients of the
            same row and column add up.
        lower, upper
            Bounds, one or shape (n,).
        """
        for row, column, value in terms:
            at = np.asarray(row, dtype=np.int64) + self.n_rows
            coefficient = np.broadcast_to(np.asarray(value, dtype=np.float64), at.shape)
            self._terms.append((at, np.asarray(column, dtype=np.int64), coefficient))
        self._least.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (n,)))
        self._most.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (n,)))
        self.n_rows += n

    def solve(
        self,
        *,
        gap: float = GAP,
        time_limit_s: float = TIME_LIMIT_S,
        then: ArrayLike | None = None,
    ) -> Solution:
        """Solve by HiGHS.

        Parameters
        ----------
        gap
            Relative gap at which to stop; 0 for the optimum.
        time_limit_s
            Seconds, for both solves together.
        then
            Cost of every variable, shape (n_variables,), to be made least among solutions that are as
            good as the one found.

        Returns
        -------
        Solution
            What was found; an infeasible model or a time limit is a status and not an exception.
        """
        started = time.monotonic()
        program = self._program()
        first = program.run(gap, time_limit_s)
        left = time_limit_s - (time.monotonic() - started)
        if then is None or first.status not in {OPTIMAL, WITHIN_GAP} or left <= 0:
            return first
        second = program.among_equals(np.asarray(then, dtype=np.float64), first.objective)
        found = second.run(0.0, left)
        if not found.found:
            return first
        objective = program.value(found.values)
        bound = max(first.bound, objective) if self.maximise else min(first.bound, objective)
        words = status_of(objective, bound, gap)
        return Solution(
            values=found.values,
            objective=objective,
            bound=bound,
            gap=relative_gap(objective, bound),
            # What holding the objective leaves to rounding does not make the answer worse in words.
            status=first.status if words == TIME_LIMIT else words,
        )

    def relax(self, *, time_limit_s: float = TIME_LIMIT_S) -> Relaxation:
        """Solve the linear relaxation: the same program with every variable continuous.

        Parameters
        ----------
        time_limit_s
            Seconds.

        Returns
        -------
        Relaxation
            Its objective is a bound of the program, and its values say which variables matter.
        """
        return self._program().relax(time_limit_s)

    def in_parts(
        self, part: Ints, prices: Floats, *, time_limit_s: float = TIME_LIMIT_S
    ) -> InParts:
        r"""Bound the program by its parts, each solved by itself.

        Rows with all their variables in one part are kept there. The others are priced: for any
        prices :math:`\pi` no solution of a program to be made small beats

        .. math:: \sum_i \pi_i b_i + \sum_k \min_{x_k} (c - A^T \pi)_k x_k,

        with *i* the rows priced, :math:`b_i` their lower bound where :math:`\pi_i > 0` and their upper
        bound where it is less, and :math:`x_k` the variables of part *k* within the rows kept, whole
        where they must be. With the prices of the relaxation it is at least as good as the relaxation,
        and better as far as whole numbers matter within parts.

        Parameters
        ----------
        part
            Part of every variable from 0, or −1 for none, int64, shape (n_variables,); those in none
            count by themselves, not whole.
        prices
            Of rows, as ``relax`` gives them, shape (n_rows,).
        time_limit_s
            Seconds for all parts together; each may take its share of what is left, and at least a
            tenth of a second.

        Returns
        -------
        InParts
            The bound, and the solutions of the parts put together.

        References
        ----------
        Geoffrion, A. M. (1974), Lagrangean relaxation for integer programming. Mathematical Programming
        Study 2, 82–114.

        Examples
        --------
        Two of three things, at least, with prices of 0.5 for the row that joins them:

        >>> model = Model()
        >>> x = model.variables(3, upper=1.0, integer=True, objective=[1.0, 1.0, 2.0])
        >>> model.constrain(1, (np.zeros(3, dtype=np.int64), x, 1.0), lower=2.0)
        >>> model.in_parts(np.arange(3), np.array([0.5])).bound
        1.0
        """
        return self._program().in_parts(part, prices, time_limit_s)

    def _program(self) -> _Program:
        row, column, value = (
            _joined([term[k] for term in self._terms], kind)
            for k, kind in enumerate((np.int64, np.int64, np.float64))
        )
        matrix = coo_array((value, (row, column)), shape=(self.n_rows, self.n_variables)).tocsc()
        return _Program(
            objective=_joined(self._objective, np.float64),
            lower=_joined(self._lower, np.float64),
            upper=_joined(self._upper, np.float64),
            integer=_joined(self._integer, np.bool_),
            matrix=matrix,
            least=_joined(self._least, np.float64),
            most=_joined(self._most, np.float64),
            maximise=self.maximise,
        )


def _part_of_rows(rows: csr_array, part: Ints) -> Ints:
    """Say in which part a row has all its variables, −1 for several or none."""
    n = rows.shape[0]
    row = np.repeat(np.arange(n, dtype=np.int64), np.diff(rows.indptr))
    return part_of_groups(row, part[rows.indices], n)


def _joined(parts: list[Any], kind: type) -> NDArray[Any]:
    return np.concatenate(parts).astype(kind) if parts else np.empty(0, dtype=kind)


@dataclass(frozen=True)
class _Program:
    objective: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    matrix: csc_array
    least: Floats
    most: Floats
    maximise: bool

    def value(self, values: Floats) -> float:
        return float(self.objective @ values)

    def among_equals(self, cost: Floats, objective: float) -> _Program:
        """Hold the objective, and look for the least cost."""
        slack = _EXACT * max(1.0, abs(objective))
        row = coo_array(self.objective[None, :])
        matrix = coo_array(self.matrix)
        grown = coo_array(
            (
                np.concatenate([matrix.data, row.data]),
                (
                    np.concatenate([matrix.row, row.row + len(self.least)]),
                    np.concatenate([matrix.col, row.col]),
                ),
            ),
            shape=(len(self.least) + 1, len(self.objective)),
        ).tocsc()
        low, high = (objective - slack, np.inf) if self.maximise else (-np.inf, objective + slack)
        return _Program(
            objective=cost,
            lower=self.lower,
            upper=self.upper,
            integer=self.integer,
            matrix=grown,
            least=np.append(self.least, low),
            most=np.append(self.most, high),
            maximise=False,
        )

    def run(self, gap: float, time_limit_s: float) -> Solution:
        if len(self.objective) == 0:
            met = bool((self.least <= 0).all() and (self.most >= 0).all())
            return _whole(np.empty(0), 0.0) if met else _none(INFEASIBLE)
        sign = -1.0 if self.maximise else 1.0
        options = {
            "time_limit": max(0.01, time_limit_s),
            "mip_rel_gap": gap,
            "presolve": True,
            "disp": False,
        }
        found = self._milp(sign, self.lower, self.upper, options)
        bound = _number(found.mip_dual_bound)
        if not self.integer.any() and found.status == _SOLVED:
            bound = _number(found.fun)
        bound = sign * bound
        if found.x is None:
            return _none(_words(found), bound)
        values, objective = self._whole_numbers(np.asarray(found.x, dtype=np.float64), sign)
        # Rounding moves the objective by less than the solver's own tolerance.
        bound = max(bound, objective) if self.maximise else min(bound, objective)
        asked = gap if found.status == _SOLVED else 0.0
        status = status_of(objective, bound, asked)
        if found.status == _SOLVED and status == TIME_LIMIT:
            status = WITHIN_GAP  # HiGHS measured the gap before integers were made whole
        return Solution(values, objective, bound, relative_gap(objective, bound), status)

    def relax(self, time_limit_s: float) -> Relaxation:
        sign = -1.0 if self.maximise else 1.0
        rows = csr_array(self.matrix)
        high, low = np.isfinite(self.most), np.isfinite(self.least)
        with without_noise():
            found = cast("Any", linprog)(
                sign * self.objective,
                A_ub=vstack([rows[high], -rows[low]]) if len(self.least) else None,
                b_ub=np.concatenate([self.most[high], -self.least[low]])
                if len(self.least)
                else None,
                bounds=np.column_stack([self.lower, self.upper]),
                method="highs",
                options={"time_limit": max(0.01, time_limit_s), "presolve": True, "disp": False},
            )
        if found.x is None or found.status != _SOLVED:
            return Relaxation(np.empty(0), math.nan, _words(found), np.empty(0))
        values = np.asarray(found.x, dtype=np.float64)
        prices = np.zeros(len(self.least))
        if len(self.least):
            marginals = np.asarray(found.ineqlin.marginals, dtype=np.float64)
            prices[high] += marginals[: int(high.sum())]
            prices[low] -= marginals[int(high.sum()) :]
        return Relaxation(values, self.value(values), OPTIMAL, sign * prices)

    def in_parts(self, part: Ints, prices: Floats, time_limit_s: float) -> InParts:
        until = time.monotonic() + time_limit_s
        sign = -1.0 if self.maximise else 1.0
        rows = csr_array(self.matrix)
        own = _part_of_rows(rows, part)
        # A row that has no such bound cannot be priced that way.
        price = np.where(own >= 0, 0.0, sign * prices)
        price = np.where(np.isfinite(self.least), price, np.minimum(price, 0.0))
        price = np.where(np.isfinite(self.most), price, np.maximum(price, 0.0))
        cost = sign * self.objective - rows.T @ price
        up, down = price > 0, price < 0
        bound = float(price[up] @ self.least[up] + price[down] @ self.most[down])
        values = np.where(cost < 0, self.upper, self.lower)
        alone = part < 0
        bound += float((cost[alone] * values[alone])[cost[alone] != 0].sum())
        n_parts = int(part.max(initial=-1)) + 1
        status = OPTIMAL
        for k in range(n_parts):
            columns = np.flatnonzero(part == k)
            left = max(0.1, (until - time.monotonic()) / (n_parts - k))
            kept = np.flatnonzero(own == k)
            of_part = replace(
                self,
                objective=cost[columns],
                lower=self.lower[columns],
                upper=self.upper[columns],
                integer=self.integer[columns],
                matrix=rows[kept][:, columns].tocsc(),
                least=self.least[kept],
                most=self.most[kept],
                maximise=False,
            )
            found = of_part.run(0.0, left)
            if found.status == INFEASIBLE:
                return InParts(np.empty(0), math.nan, INFEASIBLE)
            bound += found.bound if math.isfinite(found.bound) else of_part.least_possible()
            status = status if found.status == OPTIMAL else TIME_LIMIT
            if found.found:
                values[columns] = found.values
        return InParts(values, sign * bound, status)

    def least_possible(self) -> float:
        """Give what the objective is at least, by the bounds of variables alone."""
        some = self.objective != 0
        best = np.where(self.objective > 0, self.lower, self.upper)
        return float((self.objective * best)[some].sum())

    def _milp(self, sign: float, lower: Floats, upper: Floats, options: dict[str, Any]) -> Any:
        rows = [LinearConstraint(self.matrix, self.least, self.most)] if len(self.least) else []
        with without_noise():
            return milp(
                sign * self.objective,
                integrality=self.integer.astype(np.int64),
                bounds=Bounds(lower, upper),
                constraints=rows,
                options=cast("Any", options),
            )

    def _whole_numbers(self, values: Floats, sign: float) -> tuple[Floats, float]:
        """Make integers whole, and solve again for what depends on them."""
        whole = np.where(self.integer, np.round(values), values)
        if np.abs(whole - values).max(initial=0.0) > _WHOLE and not self.integer.all():
            lower, upper = (
                np.where(self.integer, whole, bound) for bound in (self.lower, self.upper)
            )
            again = self._milp(sign, lower, upper, {"presolve": True, "disp": False})
            if again.x is not None and again.status == _SOLVED:
                rest = np.asarray(again.x, dtype=np.float64)
                whole = np.where(self.integer, whole, rest)
        return whole, self.value(whole)


def _number(given: float | None) -> float:
    return math.nan if given is None else float(given)


def _words(found: Any) -> str:
    if found.status == _INFEASIBLE:
        return INFEASIBLE
    if found.status == _UNBOUNDED:
        return UNBOUNDED
    return NO_SOLUTION if found.status == _STOPPED else FAILED


def _none(status: str, bound: float = math.nan) -> Solution:
    return Solution(np.empty(0), math.nan, bound, math.inf, status)


def _whole(values: Floats, objective: float) -> Solution:
    return Solution(values, objective, objective, 0.0, OPTIMAL)
