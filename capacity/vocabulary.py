"""The closed word lists that inputs, norms, findings and reports share.

Identifiers are English; what a planner reads is the Chinese or English label beside them.
"""

from __future__ import annotations

from typing import Final

UNIT_TYPES: Final[dict[str, tuple[str, str]]] = {
    "city": ("市", "city"),
    "district": ("区县", "district"),
    "street": ("街道", "street"),
    "township": ("乡镇", "township"),
    "community": ("社区", "community"),
    "village": ("村", "village"),
}
"""Unit types with their Chinese and English labels, from the top down."""

TIERS: Final[dict[str, tuple[str, ...]]] = {
    "city": ("city",),
    "district": ("district",),
    "street": ("street", "township"),
    "community": ("community", "village"),
}
"""Tiers of the hierarchy: units of one tier lie beside each other and tile the same ground."""

TIER_OF: Final[dict[str, str]] = {t: tier for tier, types in TIERS.items() for t in types}

SERVICES: Final[dict[str, tuple[str, str]]] = {
    "childcare": ("托育", "childcare"),
    "elder_care": ("养老", "elder care"),
    "sports": ("体育健身", "sports and fitness"),
}
"""Services: what a facility gives."""

POPULATION: Final = "population"
GROUPS: Final[dict[str, tuple[str, str]]] = {
    POPULATION: ("常住人口", "residents"),
    "under_3": ("0—3岁", "aged 0-3"),
    "age_60_plus": ("60岁及以上", "aged 60 and over"),
    "age_65_plus": ("65岁及以上", "aged 65 and over"),
}
"""Population columns; ``population`` is everyone, the others are parts of it."""

LOWER_BOUND: Final = "shortfall is a lower bound"
"""Note of a finding that leaves units or compounds without data out: it lacks at least so much."""

UPPER_BOUND: Final = "shortfall is an upper bound"
"""Note of a finding that leaves supply without a figure out: it lacks at most so much."""

KNOWN_ONLY: Final = "shortfall of what is known, no bound"
"""Note of a finding that leaves out both."""
