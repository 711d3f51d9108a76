"""What the quality report says of the census: the factors, what could not be scaled, and doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from capacity.assess.faults import cell_side_m
from capacity.assess.people import SAME
from capacity.errors import Fault
from capacity.exact import rounded
from capacity.vocabulary import PARTS, POPULATION

if TYPE_CHECKING:
    import pandas as pd

    from capacity.assess.people import People, Scaling
    from capacity.errors import Severity

ALIKE: Final = 0.1
"""Layer and census may differ by this share before it is a warning: two years of a growing city."""
FAR: Final = 2.0
"""A factor above this, or below its inverse, is extreme: the layer then puts at least as many people
wrong as right in that unit, which neither growth nor another count of the same people explains."""
_SHOWN = 5
_TEN_THOUSAND = 10_000.0


def census_faults(people: People, base_tier: str) -> list[Fault]:
    """Report how the census was used.

    Parameters
    ----------
    people
        People of the study area.
    base_tier
        Tier that the people of larger units are summed from.

    Returns
    -------
    list of Fault
        Facts and warnings; none without a census.
    """
    if people.area.census is None:
        return []
    faults = _disagreements(people, base_tier)
    if people.area.population is None:
        return [*_table_mode(people, base_tier), *faults]
    for tier in people.scaled_tiers(base_tier):
        for scaling in people.scalings(tier):
            given = scaling.group in people.census_groups
            faults += _of_scaling(people, scaling) if given else [_shares_kept(scaling)]
        faults += _assumed(people, tier) + _exceeding(people, tier)
    return faults


def _table_mode(people: People, tier: str) -> list[Fault]:
    codes = people.units.index[people.tier == tier]
    totals = people.totals(POPULATION)[codes]
    known = int(totals.notna().sum())
    without = [str(code) for code in codes[totals.isna()]]
    lost = [
        _fault(
            "warning",
            "census.no_total",
            f"no official total of {len(without)} of {len(codes)} units of tier {tier} "
            f"({_codes(without)}): their people are unknown.",
            "Fill in their totals.",
            item=POPULATION,
            count=len(without),
        )
    ]
    return [
        *(lost if without else []),
        _fault(
            "info",
            "census.people",
            f"{known} of {len(codes)} units of tier {tier} have people by their official totals, "
            f"{rounded(totals.sum(), 0)} in all. There is no population layer: nobody knows where in a unit "
            "they live, and norms about reach have no data.",
            "Add a [population] layer and boundaries for norms about reach.",
            amount=float(totals.sum()),
            unit="people",
            count=known,
        ),
    ]


def _disagreements(people: People, base_tier: str) -> list[Fault]:
    """Name units whose own total is not the sum of their units', with both numbers."""
    faults = []
    for group in people.census_groups:
        own, totals = people.own(group), people.totals(group)
        for code, below in people.children.items():
            if code not in own.index or np.isnan(own[code]):
                continue
            parts = totals[below]
            if parts.isna().any() or abs(parts.sum() - own[code]) < SAME:
                continue
            above = people.is_above(code, base_tier)
            apart = own[code] - parts.sum()
            used = "the sum of its units" if above else "its own total"
            faults.append(
                _fault(
                    "warning",
                    "census.disagrees",
                    f"{group}: the total of the unit is {rounded(own[code], 0)}, its {len(below)} units add "
                    f"up to {rounded(parts.sum(), 0)} (difference {'+' if apart > 0 else ''}{rounded(apart, 0)}). "
                    f"Its rows use {used}.",
                    "Check that all units are listed and that both are of one year; where not all of "
                    "its people live in a listed unit, add the missing ones.",
                    item=code,
                    amount=float(own[code] - parts.sum()),
                    unit="people",
                )
            )
    return faults


def _of_scaling(people: People, scaling: Scaling) -> list[Fault]:
    targets = scaling.targets
    usable = targets[np.isfinite(targets["factor"])]
    faults = []
    if not usable.empty:
        faults += _summary(people, scaling, usable)
        faults += _extremes(scaling, usable)
    faults += _without_pattern(scaling, targets[~np.isfinite(targets["factor"])])
    faults += _beside(scaling, usable)
    for reason, codes in scaling.left.items():
        faults.append(_left(scaling, reason, codes))
    return faults + _without_total(people, scaling)


def _shares_kept(scaling: Scaling) -> Fault:
    message = (
        f"{scaling.group}: the census has no totals of it; it was scaled like the population, and keeps "
        "the share that the layer gives it."
    )
    return _fault("info", "census.shares_kept", message, item=scaling.group)


def _summary(people: People, scaling: Scaling, usable: pd.DataFrame) -> list[Fault]:
    """Give the totals before and after and the factors, and say where they point to an error."""
    layer, total = float(usable["layer"].sum()), float(usable["total"].sum())
    lived_in = usable[usable["total"] > 0]
    factor = lived_in["factor"] if len(lived_in) else usable["factor"]
    span = f"{factor.min():.3g} to {factor.max():.3g}, middle {_middle(usable):.3g}"
    where = f"{len(usable)} census units over {int(usable['units'].sum())} of tier {scaling.tier}"
    if people.weights_only or scaling.pattern != scaling.group:
        spread = people.weights_only and scaling.group == POPULATION
        what = people.counted if spread else "the population"
        each = f"; people for each of them {span}" if spread else ""
        message = (
            f"{scaling.group}: {rounded(total, 0)} people of the census spread in proportion to {what} "
            f"({where}{each})."
        )
        return [_fault("info", "census.spread", message, item=scaling.group, amount=total)]
    ratio = layer / total if total > 0 else np.inf
    message = (
        f"{scaling.group}: {rounded(layer, 0)} people of the layer scaled to {rounded(total, 0)} of the census "
        f"(layer / census {rounded(ratio, 2)}; {where}; factors {span})."
    )
    severity: Severity = "info"
    mend = ""
    if not 1 - ALIKE <= ratio <= 1 + ALIKE:
        severity, mend = "warning", _guess(people, ratio)
    return [
        _fault(severity, "census.scaled", message, mend, item=scaling.group, amount=ratio, unit="")
    ]


def _guess(people: People, ratio: float) -> str:
    """Say what may be the cause of a layer that has so many times the people of the census."""
    if people.area.population_basis == "dwellings":
        return "Check persons_per_household, and that all dwellings are lived in."
    cell = _cell_km2(people)
    if cell > 0 and _near(ratio * cell):
        return 'The numbers look like people per km²: say kind = "density" in [population].'
    if cell > 0 and _near(ratio / cell):
        return 'The numbers look like people per cell: say kind = "count" in [population].'
    if _near(ratio / _TEN_THOUSAND):
        return "The census looks like numbers in units of 10,000 (万人): give people."
    if _near(ratio * _TEN_THOUSAND):
        return "The layer looks like numbers in units of 10,000 (万人): give people."
    return (
        "Check that both are of one year and count the same people (residents, or everyone present); "
        "the pattern of the layer is kept, its level is the census's."
    )


def _near(ratio: float) -> bool:
    return 1 / FAR <= ratio <= FAR


def _cell_km2(people: People) -> float:
    """Area of a typical cell of the layer, 0 for points."""
    population = people.area.population
    side = None if population is None else cell_side_m(population)
    return 0.0 if side is None else side**2 / 1e6


def _middle(usable: pd.DataFrame) -> float:
    """Give the factor at which half of the census's people are."""
    order = usable.sort_values("factor", kind="stable")
    sums = order["total"].cumsum().to_numpy()
    if sums[-1] <= 0:
        return float(order["factor"].median())
    return float(order["factor"].iloc[int(np.searchsorted(sums, sums[-1] / 2))])


def _extremes(scaling: Scaling, usable: pd.DataFrame) -> list[Fault]:
    """Name the census units whose factor is far from the middle one, by the people in dispute."""
    if scaling.pattern != scaling.group:
        return []
    # relative to the middle: that a layer is of another level everywhere is said once, above
    middle = _middle(usable)
    far = usable[(usable["factor"] > FAR * middle) | (usable["factor"] < middle / FAR)]
    disputed = (far["total"] - far["layer"] * middle).abs()
    disputed = disputed[disputed >= SAME].sort_values(ascending=False, kind="stable")
    if disputed.empty:
        return []
    shown = ", ".join(
        f"{code} × {usable['factor'][code]:.3g} ({rounded(usable['layer'][code], 0)} to "
        f"{rounded(usable['total'][code], 0)})"
        for code in disputed.index[:_SHOWN]
    )
    more = f" and {len(disputed) - _SHOWN} more" if len(disputed) > _SHOWN else ""
    return [
        _fault(
            "warning",
            "census.extreme_factor",
            f"{scaling.group}: in {len(disputed)} of {len(usable)} census units the factor is over "
            f"twice or under half of the middle one ({middle:.3g}); by people in dispute: {shown}"
            f"{more}. There layer and census do not agree on where people live.",
            "Compare both there: new or cleared housing, a wrong boundary, or a coarse layer.",
            item=scaling.group,
            count=len(disputed),
            amount=float(disputed.sum()),
        )
    ]


def _without_pattern(scaling: Scaling, lost: pd.DataFrame) -> list[Fault]:
    lost = lost[lost["total"] > 0]
    if lost.empty:
        return []
    return [
        _fault(
            "warning",
            "census.no_pattern",
            f"{scaling.group}: the census counts {rounded(lost['total'].sum(), 0)} people in {len(lost)} "
            f"units where the layer has nobody ({_codes(list(lost.index))}). They count for norms "
            "per head; where they live is not known, so norms about reach have no data there.",
            "Use a layer with people or dwellings there, or correct the totals.",
            item=scaling.group,
            count=len(lost),
            amount=float(lost["total"].sum()),
            unit="people",
        )
    ]


def _beside(scaling: Scaling, usable: pd.DataFrame) -> list[Fault]:
    part = usable["beside"] * usable["factor"]
    outside = part[part >= SAME]
    if outside.empty:
        return []
    return [
        _fault(
            "warning",
            "census.beside_units",
            f"{scaling.group}: {rounded(outside.sum(), 0)} people of the totals of {len(outside)} census "
            f"units ({_codes(list(outside.index))}) live in none of their units of tier "
            f"{scaling.tier}: the sums of units are short by them.",
            "Complete the boundaries of the units.",
            item=scaling.group,
            count=len(outside),
            amount=float(outside.sum()),
            unit="people",
        )
    ]


def _exceeding(people: People, tier: str) -> list[Fault]:
    """Name units that have more people of an age after scaling than people that those are part of."""
    faults = []
    groups = people.groups(tier)
    for part, whole in PARTS:
        if part not in groups or whole not in groups:
            continue
        parts, wholes = people.of(tier, part), people.of(tier, whole)
        codes = list(parts.index[parts > wholes + SAME])
        if not codes:
            continue
        shown = ", ".join(
            f"{code}: {rounded(parts[code], 0)} of {rounded(wholes[code], 0)}"
            for code in codes[:_SHOWN]
        )
        more = ", …" if len(codes) > _SHOWN else ""
        faults.append(
            _fault(
                "warning",
                "census.scaled_exceeds",
                f"{part}: after scaling larger than {whole} in {len(codes)} units of tier {tier} "
                f"({shown}{more}).",
                "Give official totals of both, of one census.",
                item=part,
                count=len(codes),
            )
        )
    return faults


def _assumed(people: People, tier: str) -> list[Fault]:
    """Name census units whose total went wholly to their units, because no boundary says more."""
    codes = list(dict.fromkeys(c for s in people.scalings(tier) for c in s.assumed))
    if not codes:
        return []
    return [
        _fault(
            "warning",
            "census.assumed_whole",
            f"the totals of {len(codes)} census units ({_codes(codes)}) were given wholly to their "
            f"units of tier {tier} with a polygon: the boundary of the census unit, or of a unit "
            "whose own total was taken off, is missing, so nobody can tell whether people live "
            "outside them. Where units are not listed, the listed ones have too many people.",
            "Check that all units are listed, and add the boundary of the census unit.",
            item=codes[0],
            count=len(codes),
        )
    ]


def _left(scaling: Scaling, reason: str, codes: list[str]) -> Fault:
    return _fault(
        "warning",
        "census.not_scaled",
        f"{scaling.group}: {len(codes)} units below a census total could not be scaled "
        f"({_codes(codes)}): {reason}. Their people are unknown.",
        "Give totals of these units, or complete boundaries, layer and totals.",
        item=scaling.group,
        count=len(codes),
    )


def _without_total(people: People, scaling: Scaling) -> list[Fault]:
    """Name units of which no total speaks."""
    without = people.without_total(scaling)
    if not without:
        return []
    kept = people.unscaled(scaling.tier, scaling.group)
    rest = "they keep the people of the layer" if kept else "their people are unknown"
    return [
        _fault(
            "warning",
            "census.no_total",
            f"{scaling.group}: no official total of {len(without)} of {len(scaling.people)} units of "
            f"tier {scaling.tier} ({_codes(without)}): {rest}.",
            "Add their totals, or that of a unit above them.",
            item=scaling.group,
            count=len(without),
        )
    ]


def _codes(codes: list[str]) -> str:
    more = ", …" if len(codes) > _SHOWN else ""
    return ", ".join(codes[:_SHOWN]) + more


def _fault(
    severity: Severity,
    code: str,
    message: str,
    mend: str = "",
    *,
    item: str = "",
    count: int | None = None,
    amount: float | None = None,
    unit: str = "people",
) -> Fault:
    return Fault(
        severity=severity,
        code=code,
        message=message,
        mend=mend,
        item=item,
        count=count,
        amount=amount,
        unit=unit if amount is not None else "",
    )
