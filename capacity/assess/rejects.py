"""What the walking network does not reach: facilities, people, and small parts of its own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity.assess.supply import facility_ids
from capacity.distinct import distinct
from capacity.errors import Fault
from capacity.exact import rounded
from capacity.inputs.frames import count_of, faults_by_file
from capacity.vocabulary import OFF_NETWORK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity.assess.context import Context

COLUMNS: Final = (
    "what",
    "id",
    "name",
    "service",
    "unit_code",
    "x",
    "y",
    "people",
    "metres",
    "reason",
    "reason_zh",
)
"""Columns of ``off_network.csv``, in their order."""

_FAR, _BARRED, _PART = OFF_NETWORK


def off_network_table(context: Context) -> pd.DataFrame:
    """List everything that the walking network does not reach, with the reason.

    Parameters
    ----------
    context
        Of an assessment.

    Returns
    -------
    DataFrame
        One row per facility, per inhabited piece of a cell in a unit, and per small part of the network:
        ``what`` (``facility``, ``cell``, ``part``), ``id`` (of the facility, number of the cell or of
        the part), ``name``, ``service``, ``unit_code`` (of the tier whose people are counted), ``x`` and
        ``y`` (in the CRS of the study area), ``people`` (that it concerns), ``metres`` (to the nearest
        edge; of a part its length), ``reason`` and, in Chinese, ``reason_zh``. Empty where no norm is
        measured along a network.
    """
    if not context.walks or context.area.network is None:
        return _table([])
    return _table([_facilities(context), _cells(context), _parts(context)])


def _table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    joined = {
        name: pd.concat([_column(part, name) for part in (*parts, _NOTHING)], ignore_index=True)
        for name in COLUMNS
    }
    return pd.DataFrame(joined)


_NUMBERS: Final = frozenset({"x", "y", "people", "metres"})
_NOTHING: Final = pd.DataFrame({"reason": []})


def _column(part: pd.DataFrame, name: str) -> pd.Series:
    """Give a column of one kind of rejects; what it has not is empty."""
    if name in _NUMBERS:
        numbers = part[name] if name in part else pd.Series(np.nan, index=part.index)
        return numbers.astype("float64")
    if name == "reason_zh":
        return part["reason"].map(OFF_NETWORK).astype("str")
    return (part[name] if name in part else pd.Series("", index=part.index)).astype("str")


def _facilities(context: Context) -> pd.DataFrame:
    off, facilities = context.off_places, context.area.facilities
    lost = facilities[off.facility]
    xy = shapely.get_coordinates(lost.geometry.to_numpy())
    return pd.DataFrame(
        {
            "what": "facility",
            "id": facility_ids(lost),
            "name": lost["name"].to_numpy(dtype=object),
            "service": lost["service"].to_numpy(dtype=object),
            "unit_code": context.membership(lost, context.base_tier),
            "x": xy[:, 0],
            "y": xy[:, 1],
            "metres": off.metres[off.facility],
            "reason": np.where(off.barred[off.facility], _BARRED, _FAR),
        }
    )


def _cells(context: Context) -> pd.DataFrame:
    cells = context.off_cells()
    return pd.DataFrame(
        {
            "what": "cell",
            "id": cells["cell"].astype("str"),
            **{name: cells[name] for name in ("unit_code", "x", "y", "people", "metres")},
            # a cell may be both: most of it says which
            "reason": np.where(cells["barred"] * 2 > cells["share"], _BARRED, _FAR),
        }
    )


def _parts(context: Context) -> pd.DataFrame:
    network = context.area.network
    if network is None:
        return pd.DataFrame()
    parts = network.islands[~network.islands["kept"]]
    return pd.DataFrame(
        {
            "what": "part",
            "id": (parts.index + 1).astype(str),
            "x": parts["x"].to_numpy(),
            "y": parts["y"].to_numpy(),
            "metres": parts["length_m"].to_numpy(),
            "reason": _PART,
        }
    )


def network_faults(context: Context) -> list[Fault]:
    """Name the people and the facilities that the walking network does not reach.

    Parameters
    ----------
    context
        Of an assessment.

    Returns
    -------
    list of Fault
        ``walking.people_off``, ``walking.facilities_off`` and ``walking.facilities_barred``; none
        where no norm is measured along the network.
    """
    if not context.walks:
        return []
    off, cells = context.off_places, context.off_cells()
    faults = _without_effect(context)
    rules, facilities = context.area.parameters, context.area.facilities
    limit, factor = f"{rules.snap_limit_m:g} m", f"{rules.detour_factor:g}"
    faults += faults_by_file(
        facilities,
        off.facility & ~off.barred,
        "walking.facilities_off",
        f"more than {limit} from the walking network in {{n}} of {{total}}: the straight line times "
        f"{factor} is taken to them.",
        "Check their coordinates, and that the network covers their surroundings.",
        severity="warning",
    )
    faults += faults_by_file(
        facilities,
        off.barred,
        "walking.facilities_barred",
        "barriers between every entrance and the walking network in {n} of {total}: nobody reaches "
        "them.",
        "Check their coordinates and the barriers, or draw the path that leads to them.",
        severity="warning",
    )
    if not cells.empty:
        amount, who = _people_of(cells["cell"].to_numpy(), cells["people"].to_numpy())
        faults.append(
            Fault(
                severity="warning",
                code="walking.people_off",
                message=f"{who} live more than {limit} from the walking network, or behind a barrier: "
                f"the straight line times {factor} is taken, and nobody behind a barrier reaches "
                "anything.",
                mend="Use a network that covers the whole area and reaches some hundred metres beyond.",
                count=int(cells["cell"].nunique()),
                amount=amount,
                unit="people",
            )
        )
    return faults


def _without_effect(context: Context) -> list[Fault]:
    """Name the settings of walking times that the network has no data for."""
    rules, network = context.area.parameters, context.area.network
    if network is None:
        return []
    asked = {
        "crossing": (rules.crossing_wait_s > 0 and network.crossing is None, "crossing_wait_s"),
        "ascent": (rules.slope == "tobler" and network.ascent_m is None, "slope"),
    }
    return [
        Fault(
            severity="warning",
            code="walking.no_effect",
            message=f"{setting} has no effect: the network has no column of {column}s.",
            mend=f"Name the column in walking.columns.{column}, or take {setting} out.",
            file=network.name,
            column=f"parameters.{setting}",
        )
        for column, (lost, setting) in asked.items()
        if lost
    ]


def _people_of(cell: NDArray[np.int64], people: NDArray[np.float64]) -> tuple[float | None, str]:
    """Sum the people that are known, and say so; the others are not nobody but unknown."""
    known = ~np.isnan(people)
    cells, unknown = (len(distinct(cell[some])) for some in (known, ~known))
    amount = math.fsum(people[known])
    of_known = f"{rounded(amount, 0)} people in {count_of(cells, 'cell')}"
    of_unknown = f"an unknown number of people in {count_of(unknown, 'cell')}"
    if not unknown:
        return amount, of_known
    return (amount, f"{of_known} and {of_unknown}") if cells else (None, of_unknown)
