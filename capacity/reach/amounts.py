"""Amounts given to the plain functions of this floor: what is no amount is refused, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity.errors import Fault, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def amount_faults(
    name: str,
    values: NDArray[np.float64],
    *,
    unknown: bool = False,
    infinite: bool = False,
    negative: bool = False,
) -> list[Fault]:
    """Find the numbers that are no amounts.

    Parameters
    ----------
    name
        Name of the parameter.
    values : array, shape (n,)
        Its numbers.
    unknown, infinite, negative
        Whether NaN, infinite and negative numbers are allowed.

    Returns
    -------
    list of Fault
        One error with the positions, counted from 1, or none.
    """
    if len(values) == 0 or (values.min() >= 0 and values.max() < np.inf):
        return []
    bad = np.zeros(len(values), dtype=bool)
    if not unknown:
        bad |= np.isnan(values)
    if not infinite:
        bad |= np.isinf(values)
    if not negative:
        bad |= values < 0
    at = np.flatnonzero(bad)
    if len(at) == 0:
        return []
    words = [
        "" if negative else "not negative",
        "" if infinite else "finite",
        "NaN where unknown" if unknown else "never missing",
    ]
    fault = Fault(
        severity="error",
        code="allocation.not_an_amount",
        column=name,
        rows=tuple((at[:100] + 1).tolist()),
        count=len(at),
        message=f"{len(at)} of {len(values)} numbers of {name} are not amounts.",
        mend=f"Give numbers that are {', '.join(word for word in words if word)}.",
    )
    return [fault]


def refuse_bad_amounts(heading: str, *faults: list[Fault]) -> None:
    """Raise one error for all faults found, if there are any.

    Parameters
    ----------
    heading
        First line of the message.
    *faults
        What ``amount_faults`` found.

    Raises
    ------
    InputError
        Naming every parameter and the positions.
    """
    found = [fault for some in faults for fault in some]
    if found:
        raise InputError(heading, found)
