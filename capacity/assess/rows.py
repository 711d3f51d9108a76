"""Picking rows of a findings table: one norm, one measure, units of one tier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity.errors import NormError
from capacity.vocabulary import TIER_OF

if TYPE_CHECKING:
    import pandas as pd

    from capacity.assess.result import Assessment
    from capacity.norms.model import Norm

TIERS_SUMMED: Final = ("street", "community", "district", "city")
"""Tiers in the order in which the whole area is summed of them."""


def selected(result: Assessment, norm_id: str) -> Norm:
    """Find a norm of an assessment's selection.

    Parameters
    ----------
    result
        What ``assess`` gave.
    norm_id
        Id of a norm.

    Returns
    -------
    Norm
        The norm.

    Raises
    ------
    NormError
        If the selection has no such norm.
    """
    norm = next((norm for norm in result.norms.norms if norm.id == norm_id), None)
    if norm is None:
        raise NormError(f'no norm "{norm_id}" in this selection. See result.norms.')
    return norm


def tiers_of(findings: pd.DataFrame, norm_id: str, measure: str) -> tuple[str, ...]:
    """List the tiers at which units have findings of their own, the one that is summed first.

    Parameters
    ----------
    findings
        A findings table.
    norm_id, measure
        Which findings.

    Returns
    -------
    tuple of str
        Tiers, none where there are no findings of units.
    """
    present = set(_units(findings, norm_id, measure)["unit_type"].map(TIER_OF))
    return tuple(tier for tier in TIERS_SUMMED if tier in present)


def of_one_tier(findings: pd.DataFrame, norm_id: str, measure: str, tier: str = "") -> pd.DataFrame:
    """Give the findings of the units of one tier.

    Parameters
    ----------
    findings
        A findings table.
    norm_id, measure
        Which findings.
    tier
        Tier wanted; the one of which the whole area is the sum if not given.

    Returns
    -------
    DataFrame
        Rows with the rollup ``unit``, sorted as the findings are.
    """
    rows = _units(findings, norm_id, measure)
    wanted = tier or next(iter(tiers_of(findings, norm_id, measure)), "")
    return rows[rows["unit_type"].map(TIER_OF) == wanted]


def _units(findings: pd.DataFrame, norm_id: str, measure: str) -> pd.DataFrame:
    mine = (findings["norm_id"] == norm_id) & (findings["measure"] == measure)
    return findings[mine & (findings["rollup"] == "unit")]
