"""What a siting model answers: the sites, whom they serve, and how good the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.errors import Fault
    from capacity.siting.cover import Choice
    from capacity.siting.layers import Layers
    from capacity.siting.problem import CoverProblem

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_PLACES = 6


@dataclass(frozen=True)
class Sites:
    """Sites chosen by a model.

    Attributes
    ----------
    model
        ``lscp``, ``mclp``, ``p_median``, ``capacitated`` or ``expansion``.
    chosen
        One row per site in the order of ids, with its point: ``candidate_id``, ``cost``, and what the
        model says of a site; for facilities that grow, ``facility_id``.
    serves
        Whom they serve: one row per site and unit, sorted by site, then unit.
    units
        Index ``unit_code`` in the caller's order: the answer unit by unit, before and after.
    objective_is
        What the objective counts, in words.
    objective, bound, gap, status
        How good the answer is: its objective, what no answer beats, the relative gap between the two,
        and words: ``optimal``, ``within gap``, ``time limit reached``, ``time limit reached, no solution
        found`` or ``infeasible``.
    method
        How distances were measured, and how the sites were chosen.
    notes
        What the reader must know, such as people whom no candidate reaches.
    """

    model: str
    chosen: gpd.GeoDataFrame
    serves: pd.DataFrame
    units: pd.DataFrame
    objective_is: str
    objective: float
    bound: float
    gap: float
    status: str
    method: str
    notes: tuple[Fault, ...] = ()

    def __repr__(self) -> str:
        """One line: the model, how many sites, the objective and how good it is."""
        return (
            f"<Sites {self.model}: {len(self.chosen)} sites, {self.objective_is} "
            f"{self.objective:.12g}, bound {self.bound:.12g}, gap {self.gap:.3g}, {self.status}>"
        )


def cover_sites(
    model: str,
    layers: Layers,
    problem: CoverProblem,
    choice: Choice,
    *,
    objective_is: str,
    method: str,
    notes: tuple[Fault, ...] = (),
) -> Sites:
    """Lay the answer of a covering model out.

    Parameters
    ----------
    model
        Its name.
    layers, problem, choice
        What was given, and what was chosen.
    objective_is, method, notes
        Words.

    Returns
    -------
    Sites
        ``chosen`` with ``people`` (newly covered people in reach of the site, those of several sites at
        each) and ``people_only_here`` (those in reach of no other), ``serves`` with the same by unit,
        ``units`` with people, those in reach of any candidate or facility, and covered before and after.
    """
    serves = _reached(problem, choice.chosen)
    codes = layers.units["unit_code"].to_numpy(dtype=object)
    at = np.flatnonzero(choice.chosen)
    totals = {
        name: np.bincount(
            serves["candidate"], weights=serves[name], minlength=problem.n_candidates
        )[at].round(_PLACES)
        for name in ("people", "people_only_here")
    }
    chosen = gpd.GeoDataFrame(
        {"candidate_id": layers.ids[at], "cost": layers.cost[at]} | totals,
        geometry=layers.candidates.geometry.to_numpy()[at],
        crs=layers.units.crs,
    )
    after = problem.by_unit(problem.covered_by(choice.chosen))
    some = problem.people > 0
    units = pd.DataFrame(
        {
            "people": problem.people,
            "reachable": problem.reachable,
            "covered_before": problem.covered,
            "covered": after,
            "share_before": _share(problem.covered, problem.people, some),
            "share": _share(after, problem.people, some),
        },
        index=pd.Index(codes, name="unit_code"),
    )
    return Sites(
        model=model,
        chosen=chosen,
        serves=pd.DataFrame(
            {
                "candidate_id": layers.ids[serves["candidate"]],
                "unit_code": codes[serves["unit"]],
                "people": serves["people"].round(_PLACES),
                "people_only_here": serves["people_only_here"].round(_PLACES),
            }
        ),
        units=units,
        objective_is=objective_is,
        objective=choice.objective,
        bound=choice.bound,
        gap=choice.gap,
        status=choice.status,
        method=method,
        notes=notes,
    )


def _share(part: Floats, whole: Floats, some: Flags) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=some))


def _reached(problem: CoverProblem, chosen: Flags) -> dict[str, NDArray[np.generic]]:
    """People by chosen candidate and unit, and those of them in reach of no other chosen one."""
    some = chosen[problem.candidate]
    group, candidate = problem.group[some], problem.candidate[some]
    hits = np.bincount(group, minlength=problem.n_groups)
    n_units = max(1, len(problem.people))
    key, at = np.unique(candidate * n_units + problem.unit[group], return_inverse=True)
    weight = problem.weight[group]
    return {
        "candidate": key // n_units,
        "unit": key % n_units,
        "people": np.bincount(at, weights=weight, minlength=len(key)),
        "people_only_here": np.bincount(
            at, weights=weight * (hits[group] == 1), minlength=len(key)
        ),
    }
