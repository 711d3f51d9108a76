"""Which residential compounds to equip first, each by itself or pooled with those beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from capacity.assess.compounds import floor_area_required
from capacity.errors import Fault, InputError
from capacity.exact import exact
from capacity.inputs.sites import LARGEST, RULES, CompoundSettings
from capacity.vocabulary import ACQUISITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from capacity.assess.result import Assessment
    from capacity.inputs.sites import Rule
    from capacity.norms.model import Norm

    Ints = NDArray[np.int64]


def equip_compounds(
    result: Assessment,
    norm_id: str,
    *,
    rule: Rule = "shortfall",
    pooling_m: float | None = None,
    way: str = "",
    ways: Mapping[str, str] | None = None,
    cost_per_m2: Mapping[str, float] | None = None,
    budget: float | None = None,
) -> pd.DataFrame:
    r"""Put the compounds that lack elder-care rooms in order, and say how far a budget goes.

    Each compound is topped up to :math:`\max(m, a H / 100)`, as the assessment asks. With pooling,
    compounds of one street that the norm applies to and that stand at most ``pooling_m`` apart, in
    chains too, are equipped together: :math:`\max(m, a \sum H / 100) - \sum existing`. The documents
    do not mention pooling, so it is off unless asked for.

    Parameters
    ----------
    result
        An assessment with compounds.
    norm_id
        A norm of its selection that asks for floor area per hundred households.
    rule
        ``shortfall``: the most square metres first; ``households``: the most households; ``cost``: the
        least cost. Equal ones by the id of their first compound, as text.
    pooling_m
        Largest distance between adjoining compounds in metres, which counts; None pools nothing. It is
        measured between outlines where the list has them, else between points.
    way, ways
        How rooms are come by: ``purchase``, ``exchange``, ``lease`` or ``new_build``, for all compounds
        and by ``compound_id``. Labels; only the cost depends on them.
    cost_per_m2
        Way → cost of a square metre, in any currency.
    budget
        Most cost; projects are taken in their order, and one that the rest cannot pay is passed over.

    Returns
    -------
    DataFrame
        One row per project in its order: ``order`` (from 1), ``compounds`` (ids, a tuple), ``names``,
        ``street_code``, ``households``, ``required``, ``existing``, ``shortfall`` (m²),
        ``by_themselves`` (the sum of the shortfalls without pooling, m²), ``way`` (empty where not
        said or where pooled compounds differ), ``cost`` (NaN where unknown), ``taken`` (within the
        budget), ``shortfall_so_far`` and ``cost_so_far`` (of those taken). Compounds that lack nothing
        have no row, nor have those without data.

    Raises
    ------
    InputError
        No such norm or compounds, an unknown way or rule, a negative cost, distance or budget, or no
        cost where the rule or the budget needs one; all faults at once.

    Notes
    -----
    每百户20平方米、最低200平方米 of Zhengzhou's plan of 2023-02-07, 三(六)1, by 购置、置换、租赁 or 新建.

    Examples
    --------
    The compounds of the example that lack most:

    >>> from tempfile import TemporaryDirectory
    >>> import capacity
    >>> with TemporaryDirectory() as folder:
    ...     area = capacity.read_study_area(capacity.write_example(folder + "/demo"))
    >>> rooms = "zhengzhou.plan2023.elder_care.floor_area_per_100_households"
    >>> norms = capacity.load_norms("zhengzhou", on="2025-12-31").choose(rooms)
    >>> result = capacity.assess(area, norms)
    >>> first = capacity.equip_compounds(result, rooms)
    >>> first[["names", "households", "required", "existing", "shortfall"]].head(3)
           names  households  required  existing  shortfall
    0   示例区东风2号院      1550.0     310.0       0.0      310.0
    1   示例区和平9号院      1510.0     302.0       0.0      302.0
    2  示例区和平10号院      1780.0     356.0      60.0      296.0
    """
    settings = CompoundSettings(
        norm=norm_id,
        rule=rule,
        pooling_m=pooling_m,
        way=way,
        ways=ways or {},
        cost_per_m2=cost_per_m2 or {},
        budget=budget,
    )
    faults = compound_faults(settings, result.norms.norms, result.area.compounds)
    if faults:
        noun = "fault" if len(faults) == 1 else "faults"
        raise InputError(f"compounds cannot be put in order: {len(faults)} {noun}", faults)
    return equipped(result, settings)


def equipped(result: Assessment, settings: CompoundSettings) -> pd.DataFrame:
    """Put compounds in order, as ``equip_compounds`` does, with settings that have no faults.

    Parameters
    ----------
    result
        An assessment with compounds.
    settings
        What ``compound_faults`` finds nothing wrong with.

    Returns
    -------
    DataFrame
        As ``equip_compounds``.
    """
    norm = next(one for one in result.norms.norms if one.id == settings.norm)
    known = _known(result, norm.id)
    known["way"] = [settings.ways.get(name, settings.way) for name in known["compound_id"]]
    known["pool"] = _pools(result, known, settings.pooling_m)
    projects = _projects(known, norm)
    rates = dict(settings.cost_per_m2)
    projects["cost"] = projects["shortfall"] * projects["way"].map(rates).astype("float64")
    projects = projects[projects["shortfall"] > 0]
    by = {"shortfall": ("shortfall", False), "households": ("households", False)}
    column, ascending = by.get(settings.rule, ("cost", True))
    projects["first"] = [names[0] for names in projects["compounds"]]
    projects = projects.sort_values([column, "first"], ascending=[ascending, True], kind="stable")
    return _within(projects.drop(columns="first").reset_index(drop=True), settings.budget)


def compound_faults(
    settings: CompoundSettings, norms: Sequence[Norm], compounds: pd.DataFrame | None
) -> list[Fault]:
    """Check what is said of compounds against the norms and the list of compounds.

    Parameters
    ----------
    settings
        As the planner gave them.
    norms
        Norms of the selection.
    compounds
        Compounds of the study area; None where there is no list.

    Returns
    -------
    list of Fault
        Errors: ``siting.no_compounds``, ``siting.word``, ``siting.negative``, ``siting.no_cost``.
    """
    return [
        *_norm_faults(settings, norms, compounds),
        *_word_faults(settings, compounds),
        *_number_faults(settings),
    ]


def _fault(code: str, message: str, mend: str, key: str, item: str = "") -> Fault:
    return Fault(
        severity="error",
        code=code,
        message=message,
        mend=mend,
        column=f"siting.compounds.{key}",
        item=item,
    )


def _norm_faults(
    settings: CompoundSettings, norms: Sequence[Norm], compounds: pd.DataFrame | None
) -> Iterator[Fault]:
    if compounds is None or compounds.empty:
        message, mend = "there is no list of compounds.", "Add [[compounds]] to area.toml."
        yield _fault("siting.no_compounds", message, mend, "norm", settings.norm)
        return
    possible = [one.id for one in norms if one.kind == "ratio_per_households"]
    if settings.norm not in possible:
        message = f"{settings.norm} asks for nothing per hundred households here."
        mend = f"Take one of: {', '.join(possible)}."
        yield _fault("siting.no_compounds", message, mend, "norm", settings.norm)


def _word_faults(settings: CompoundSettings, compounds: pd.DataFrame | None) -> Iterator[Fault]:
    given = {"way": [settings.way], "ways": settings.ways.values()}
    for key, words in (*given.items(), ("cost_per_m2", settings.cost_per_m2)):
        for word in sorted({*words} - {""} - set(ACQUISITIONS)):
            mend = f"Known: {', '.join(ACQUISITIONS)}."
            yield _fault("siting.word", f"unknown way '{word}'.", mend, key)
    if settings.rule not in RULES:
        message, mend = f"unknown rule '{settings.rule}'.", f"Known: {', '.join(RULES)}."
        yield _fault("siting.word", message, mend, "rule")
    ids = set() if compounds is None else set(compounds["compound_id"])
    unknown = sorted(set(settings.ways) - ids)
    if unknown and ids:
        message = f"{len(unknown)} compounds with a way are in no list, such as {unknown[0]}."
        yield _fault("siting.word", message, "Take the ids of the compounds.", "ways", unknown[0])


def _number_faults(settings: CompoundSettings) -> Iterator[Fault]:
    numbers = {"pooling_m": settings.pooling_m, "budget": settings.budget}
    numbers |= {f"cost_per_m2.{name}": cost for name, cost in settings.cost_per_m2.items()}
    for key, value in numbers.items():
        if value is not None and not 0 <= value <= LARGEST:
            message = f"{value:g} is negative, beyond {LARGEST:.0e} or no number."
            mend = f"Write a number of 0 or more, at most {LARGEST:.0e}."
            yield _fault("siting.negative", message, mend, key)
    used = {settings.way, *settings.ways.values()}
    lost = sorted(name or "(none)" for name in used if name not in settings.cost_per_m2)
    if (settings.rule == "cost" or settings.budget is not None) and lost:
        message = (
            f"no cost of a square metre by {', '.join(lost)}, which the order or budget needs."
        )
        mend = "Give way and cost_per_m2 for every way used."
        yield _fault("siting.no_cost", message, mend, "cost_per_m2")


def _known(result: Assessment, norm_id: str) -> pd.DataFrame:
    """Compounds that the norm applies to and whose numbers are known, sorted by id."""
    own = result.compounds[result.compounds["norm_id"].eq(norm_id)]
    own = own[own["status"].isin(["met", "short"])]
    return own.sort_values("compound_id", kind="stable").reset_index(drop=True)


def _pools(result: Assessment, known: pd.DataFrame, pooling_m: float | None) -> Ints:
    """Give compounds that are equipped together one number."""
    alone = np.arange(len(known), dtype=np.int64)
    places = result.area.compounds
    if pooling_m is None or places is None or len(known) == 0:
        return alone
    shapes = pd.Series(np.asarray(places.geometry.array), index=places["compound_id"])
    if "outline" in places:
        outlines = pd.Series(places["outline"].to_numpy(), index=places["compound_id"])
        shapes = outlines.where(outlines.notna(), shapes)
    at = shapes[~shapes.index.duplicated()].reindex(known["compound_id"]).to_numpy(dtype=object)
    placed = np.flatnonzero(~shapely.is_missing(at))
    tree = shapely.STRtree(at[placed])
    a, b = tree.query(at[placed], predicate="dwithin", distance=pooling_m)
    street = known["street_code"].to_numpy(dtype=object)[placed]
    same = street[a] == street[b]
    links = coo_array(
        (np.ones(int(same.sum())), (placed[a[same]], placed[b[same]])),
        shape=(len(known), len(known)),
    )
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _projects(known: pd.DataFrame, norm: Norm) -> pd.DataFrame:
    """Add up the compounds of each pool; one alone keeps its own finding."""
    least = exact("0") if norm.minimum_size is None else norm.minimum_size
    rows = []
    for _, some in known.groupby("pool", sort=False):
        households = sum(map(exact, some["base_value"].tolist()), start=exact("0"))
        existing = sum(map(exact, some["existing"].tolist()), start=exact("0"))
        required = floor_area_required(households, norm.value, least)
        ways = set(some["way"])
        rows.append(
            {
                "compounds": tuple(some["compound_id"]),
                "names": "、".join(some["name"]),
                "street_code": some["street_code"].iloc[0],
                "households": float(households),
                "required": float(required),
                "existing": float(existing),
                "shortfall": float(max(required - existing, exact("0"))),
                "by_themselves": float(some["shortfall"].sum()),
                "way": ways.pop() if len(ways) == 1 else "",
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS: Final = (
    "compounds",
    "names",
    "street_code",
    "households",
    "required",
    "existing",
    "shortfall",
    "by_themselves",
    "way",
)


def _within(projects: pd.DataFrame, budget: float | None) -> pd.DataFrame:
    """Take projects in their order as far as the budget goes."""
    taken = np.ones(len(projects), dtype=bool)
    if budget is not None:
        left = budget
        for i, cost in enumerate(projects["cost"]):
            taken[i] = cost <= left
            left -= cost if taken[i] else 0.0
    return projects.assign(
        order=np.arange(1, len(projects) + 1),
        taken=taken,
        shortfall_so_far=projects["shortfall"].where(taken, 0.0).cumsum(),
        cost_so_far=projects["cost"].where(taken, 0.0).cumsum(),
    )[["order", *_COLUMNS, "cost", "taken", "shortfall_so_far", "cost_so_far"]]
