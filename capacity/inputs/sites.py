"""What may be built where: the settings of a plan of new facilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Objective = Literal[
    "facilities", "places", "beds", "land_area_m2", "floor_area_m2", "venue_area_m2", "cost"
]
"""What a plan spends as little of as it can."""

OBJECTIVES: Final[dict[str, tuple[str, str]]] = {
    "facilities": ("新增设施数", "new facilities"),
    "places": ("新增托位或学位", "new places"),
    "beds": ("新增床位", "new beds"),
    "land_area_m2": ("新增用地面积", "new land"),
    "floor_area_m2": ("新增建筑面积", "new floor area"),
    "venue_area_m2": ("新增体育场地面积", "new sports venue area"),
    "cost": ("造价", "cost"),
}
"""Objectives with their Chinese and English labels."""

LARGEST: Final = 1e12
"""No plan has a budget, a cost, a distance or a time beyond it, as no list has such a number."""

SizedIn = Literal["places", "beds", "land_area_m2", "floor_area_m2", "venue_area_m2"]
"""What the size of a new facility is counted in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One kind of facility that may be built on a site.

    Attributes
    ----------
    service
        Service that it gives.
    facility_type, operator, inclusive, condition
        As in the facilities of a study area; empty or None where not said, and then norms that ask
        for it do not count the facility.
    sized_in
        What its size is counted in.
    minimum, maximum
        Smallest and largest size; both may be built.
    cost, cost_per_size
        Cost of one facility whatever its size, and of each unit of its size, in any currency.
    per_size
        Amount (``land_area_m2``, ``floor_area_m2`` …) → how much of it each unit of size takes.
    """

    service: str
    minimum: float
    maximum: float
    sized_in: SizedIn = "places"
    facility_type: str = ""
    operator: str = ""
    inclusive: bool | None = None
    condition: str = ""
    cost: float = 0.0
    cost_per_size: float = 0.0
    per_size: Mapping[str, float] = field(default_factory=dict)


Rule = Literal["shortfall", "households", "cost"]
RULES: Final[dict[str, tuple[str, str]]] = {
    "shortfall": ("缺口最大者优先", "largest shortfall first"),
    "households": ("户数最多者优先", "most households first"),
    "cost": ("造价最低者优先", "least cost first"),
}
"""How compounds are put in order, with labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundSettings:
    """Which compounds to equip with elder-care rooms first.

    Attributes
    ----------
    norm
        Id of a norm that asks for floor area per hundred households.
    rule
        One of ``RULES``.
    pooling_m
        Largest distance between adjoining compounds that are equipped together, in metres; None pools
        nothing.
    way, ways
        How rooms are come by, for all compounds and by ``compound_id``; labels on which only the cost
        depends.
    cost_per_m2
        Way → cost of a square metre.
    budget
        Most cost; None for any.
    """

    norm: str
    rule: Rule = "shortfall"
    pooling_m: float | None = None
    way: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)
    cost_per_m2: Mapping[str, float] = field(default_factory=dict)
    budget: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingSettings:
    """What a plan has to reach, with what, and how hard to look for it.

    Attributes
    ----------
    norms
        Ids of the norms that the plan must meet all at once.
    build
        What may be built.
    objective
        What the plan spends as little of as it can.
    share
        Least share of people in reach, 0 to 1, for circle norms that set none; None where no circle
        norm is chosen.
    shares
        Norm id → its own least share, in place of ``share``.
    share_in
        ``whole``: of the people of all units to which the norm applies together; ``unit``: in each.
    candidates_from
        Where candidates come from if no list is given: ``population`` cells or ``network`` nodes.
    spacing_m
        Side of the squares of which each gives at most one generated candidate, in metres.
    required, excluded
        Ids of candidates that must be built on, and that may not.
    maximum_facilities, budget
        Most new facilities, most cost; None for any.
    cost_unit
        What every cost and budget is counted in, such as ``万元``, as reports print it; empty where
        not said.
    time_limit_s
        Time after which the best plan found so far is given, with its gap.
    gap
        Relative gap at which a plan is good enough.
    compounds
        Which compounds to equip first; None where that is not asked.
    file, lines
        Where the settings stand: the file, and key → line, for messages.
    """

    norms: tuple[str, ...] = ()
    build: tuple[Build, ...] = ()
    objective: Objective = "facilities"
    share: float | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    share_in: Literal["whole", "unit"] = "whole"
    candidates_from: Literal["population", "network"] = "population"
    spacing_m: float = 300.0
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    maximum_facilities: int | None = None
    budget: float | None = None
    cost_unit: str = ""
    time_limit_s: float = 60.0
    gap: float = 0.01
    compounds: CompoundSettings | None = None
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)
