"""What the page shows, as plain lists: findings looked up and formatted, shapes simplified.

Nothing is computed here. Every text is made printable on one line; the page puts it in as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from capacity import __version__
from capacity.exact import rounded
from capacity.findings import COLUMNS, NUMBERS, ROLLUPS, STATUSES
from capacity.norms.model import UNITS_OF_MEASURE
from capacity.report import labels
from capacity.report.page_text import WORDS
from capacity.report.shapes import as_point, as_rings, simplified
from capacity.report.short import KNOWN, number_text, short_cell
from capacity.report.text import clean, never_zero
from capacity.report.view import look, records
from capacity.vocabulary import (
    FACILITY_STATUSES,
    FACILITY_TYPES,
    GROUPS,
    OPERATORS,
    POPULATION,
    SERVICES,
    TIER_OF,
    TIERS,
    UNIT_TYPES,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from capacity.assess.result import Assessment
    from capacity.report.labels import Language, Pair
    from capacity.report.view import Group, View

    Rows = dict[tuple[str, str], NDArray[np.intp]]

UNIT_VERTICES: Final = 60_000
"""Corners that the units of one tier should have at most."""
POCKET_VERTICES: Final = 20_000
"""Corners of the pockets of one norm, all groups of people together."""
_SQUARE_M: Final = 15.0
_BY_GROUP: Final = ["norm_id", "measure"]
_SHOWN: Final = ("base_value", "required", "existing", "shortfall", "surplus", "share")
_AMOUNTS: Final[dict[str, Pair]] = {
    "places": ("{} 个托位或学位", "{} places"),
    "beds": ("{} 张床位", "{} beds"),
    "land_area_m2": ("用地 {} ㎡", "land {} m²"),
    "floor_area_m2": ("建筑面积 {} ㎡", "floor area {} m²"),
    "outdoor_area_m2": ("室外 {} ㎡", "outdoors {} m²"),
    "venue_area_m2": ("场地 {} ㎡", "venue {} m²"),
}


class _Texts:
    """Texts that many rows share, each once, in both languages."""

    def __init__(self) -> None:
        self._at: dict[Pair, int] = {}
        self._written: dict[str, int] = {}

    def translated(self, written: str) -> int:
        """Give the position of a method or note and its Chinese."""
        if written not in self._written:
            pair = (clean(labels.translate(written, "zh")), clean(written))
            self._written[written] = self.put(pair)
        return self._written[written]

    def put(self, pair: Pair) -> int:
        """Give the position of a text."""
        return self._at.setdefault(pair, len(self._at))

    def all(self) -> list[Pair]:
        """List every text by position."""
        return list(self._at)


@dataclass(frozen=True, slots=True)
class _Maker:
    """What every part of the data is made of."""

    view: View
    texts: _Texts
    origin: tuple[float, float]
    unit_at: dict[str, int]
    circles: Rows
    pockets: Rows


def page_data(result: Assessment, language: Language = "zh") -> dict[str, Any]:
    """Lay out everything that the page shows.

    Parameters
    ----------
    result
        What ``assess`` gave.
    language
        The language that the page opens in; it holds both.

    Returns
    -------
    dict
        Only text, numbers, booleans, None, lists and dicts: ``units``, ``groups`` (norm × measure),
        ``rows`` (the findings, column by column, numbers as they are and as they are shown),
        ``facilities``, and words. Coordinates are whole metres from the south-west corner.
    """
    view = look(result)
    units = [*view.units.values()]
    maker = _Maker(
        view=view,
        texts=_Texts(),
        origin=_origin(result),
        unit_at={unit.code: i for i, unit in enumerate(units)},
        circles=result.circles.groupby(_BY_GROUP).indices,
        pockets=result.pockets.groupby(_BY_GROUP).indices,
    )
    rows = _rows(maker)
    outlines = _Outlines(result.pockets, maker.origin)
    groups = [_group(maker, group, outlines) for group in view.groups]
    area, norms = result.area, result.norms
    return {
        "language": language,
        "made_by": __version__,
        "area": {
            "name": clean(area.name),
            "code": clean(area.code),
            "data_date": area.data_date.isoformat(),
            "norms_on": norms.on.isoformat(),
            "root": maker.unit_at[view.root],
            "warnings": int((result.quality["severity"] == "warning").sum()),
            "doubted_places": _doubted_places(result.quality),
        },
        "columns": list(COLUMNS),
        "words": WORDS,
        "heads": {"status": labels.COLUMNS["status"]},
        "statuses": STATUSES,
        "rollups": ROLLUPS,
        "services": SERVICES,
        "tiers": {tier: labels.TIERS[tier] for tier in TIERS},
        "people": {
            name: GROUPS[name] for name in GROUPS if name in result.people and len(result.people)
        },
        "units": _units(maker),
        "groups": groups,
        "rows": rows,
        "outlines": outlines.rings,
        "facilities": _facilities(maker),
        "counted": _counted(maker),
        "texts": maker.texts.all(),
    }


def _origin(result: Assessment) -> tuple[float, float]:
    """South-west corner of everything drawn, in whole metres."""
    layers = [result.area.units.geometry, result.area.facilities.geometry]
    corners = [layer.total_bounds[:2] for layer in layers if not layer.dropna().is_empty.all()]
    if not corners:
        return 0.0, 0.0
    west, south = np.floor(np.nanmin(corners, axis=0))
    return float(west), float(south)


def _doubted_places(quality: pd.DataFrame) -> list[list[str]]:
    """List what makes every distance doubtful: the problem, and where."""
    found = quality[(quality["severity"] == "warning") & quality["code"].str.startswith("crs.")]
    where = found["file"].where(found["file"] != "", found["item"])
    return [
        [clean(problem), "、".join(map(clean, dict.fromkeys(where[found["problem"] == problem])))]
        for problem in dict.fromkeys(found["problem"])
    ]


def _clean_pair(pair: Pair) -> Pair:
    return clean(pair[0]), clean(pair[1])


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- units --------------------------------------------------------------------------------------


def _units(maker: _Maker) -> dict[str, Any]:
    view = maker.view
    units = [*view.units.values()]
    frame = view.result.area.units.set_index("unit_code").loc[[unit.code for unit in units]]
    parents = [maker.unit_at.get(str(code), -1) for code in frame["parent_code"]]
    people = {name: [view.people(u.code, name) for u in units] for name in _groups_of(view)}
    return {
        "code": [clean(unit.code) for unit in units],
        "name": [clean(unit.name) for unit in units],
        "type": [UNIT_TYPES[unit.type] for unit in units],
        "tier": [TIER_OF[unit.type] for unit in units],
        "type_id": [unit.type for unit in units],
        "parent": parents,
        "parent_code": [clean(code) for code in frame["parent_code"]],
        "people": {name: [_number(v) for v in values] for name, values in people.items()},
        "people_text": {name: [_whole(v) for v in values] for name, values in people.items()},
        "rings": _unit_rings(maker, frame),
    }


def _groups_of(view: View) -> list[str]:
    return [name for name in GROUPS if name == POPULATION or name in view.result.people]


def _whole(value: float) -> str:
    return never_zero(value, 0) if value == value else labels.NO_DATA  # noqa: PLR0124  # NaN


def _unit_rings(maker: _Maker, frame: gpd.GeoDataFrame) -> list[list[list[int]]]:
    """Simplify the units tier by tier: those of one tier lie beside each other."""
    shapes = frame.geometry.to_numpy().copy()
    tiers = frame["unit_type"].map(TIER_OF).to_numpy()
    for tier in TIERS:
        here = tiers == tier
        shapes[here] = simplified(shapes[here], vertices=UNIT_VERTICES)
    return [as_rings(shape, maker.origin) for shape in shapes]


# --- norms --------------------------------------------------------------------------------------


def _group(maker: _Maker, group: Group, outlines: _Outlines) -> dict[str, Any]:
    norm, source = group.norm, group.norm.source
    unit = labels.QUANTITIES.get(group.measure, ("", ""))
    return {
        "number": group.number,
        "norm_id": norm.id,
        "measure": group.measure,
        "service": norm.service,
        "kind": norm.kind,
        "base": norm.base,
        "value": float(norm.value),
        "unit_of_measure": norm.unit,
        "name": _both(labels.norm_name, norm),
        "what": tuple(
            labels.measure_name(group.measure, norm.service, lang) for lang in ("zh", "en")
        ),
        "secondary": group.measure in labels.SECONDARY,
        "standard": _both(labels.standard_text, norm),
        "standard_unit": UNITS_OF_MEASURE[norm.unit],
        "unit": unit,
        "due": _both(labels.due_text, norm),
        "applies": _both(labels.applies_text, norm),
        "about": _both(labels.note_text, norm),
        "citation": clean(source.citation),
        "document": clean(" ".join(filter(None, [f"《{source.title}》", source.number]))),
        "document_date": clean(source.date_note or source.date.isoformat()),
        "clause": clean(source.clause),
        "key_phrase": clean(source.key_phrase),
        "set_here": source.set_here,
        "heads": _heads(group),
        "circle": _circle(maker, group),
        "pockets": _pockets(maker, group, outlines),
    }


def _both(say: Any, norm: Any) -> Pair:
    return clean(say(norm, "zh")), clean(say(norm, "en"))


def _heads(group: Group) -> dict[str, Pair]:
    """Headings of the numbers of a group, with their units."""
    unit = labels.QUANTITIES.get(group.measure, ("", ""))
    heads = {name: (labels.COLUMNS[name], unit) for name in _SHOWN}
    heads["base_value"] = labels.BASES.get(group.measure, _base_of(group))
    if group.measure in GROUPS:
        heads["existing"] = (labels.COLUMNS["covered"], unit)
    if group.measure in {"places_to_add", "beds_to_add"}:
        heads["shortfall"] = (("需增", "to add"), unit)
    heads["share"] = (labels.COLUMNS["share"], ("", ""))
    return {name: _with_unit(word, unit) for name, (word, unit) in heads.items()}


def _base_of(group: Group) -> tuple[Pair, Pair]:
    if group.norm.base == "households":
        return ("户数", "households"), ("户", "households")
    base = POPULATION if group.norm.base == "residents" else group.norm.base
    if base in GROUPS:
        return GROUPS[base], ("人", "persons")
    return ("基数", "base"), ("", "")


def _with_unit(word: Pair, unit: Pair) -> Pair:
    zh = f"{word[0]}({unit[0]})" if unit[0] else word[0]
    return zh, f"{word[1]} ({unit[1]})" if unit[1] else word[1]


def _circle(maker: _Maker, group: Group) -> dict[str, Any] | None:
    found = maker.circles.get((group.norm.id, _group_of(group)))
    if found is None:
        return None
    rows = maker.view.result.circles.iloc[found]
    at = {label: i for i, label in enumerate(maker.view.result.area.facilities.index)}
    areas = rows[rows.geometry.notna()]
    shapes = shapely.simplify(areas.geometry.to_numpy(), _SQUARE_M / 3)
    metres = float(rows["metres"].iloc[0])
    return {
        "metres": metres,
        "metres_text": rounded(metres, 0),
        "straight": bool((rows["reading"] == "straight line").all()),
        "facilities": [at[label] for label in rows["facility"]],
        "areas": {
            at[label]: as_rings(shape, maker.origin)
            for label, shape in zip(areas["facility"], shapes, strict=True)
        },
    }


def _group_of(group: Group) -> str:
    """People whose reach a measure of a circle shows: places are given to residents."""
    if group.measure in GROUPS:
        return group.measure
    measures = group.norm.measures
    return POPULATION if POPULATION in measures else (measures or ("",))[0]


class _Outlines:
    """Outlines of pockets; the groups of people of one circle share them.

    Pockets of one circle lie beside each other and are simplified together.
    """

    def __init__(self, pockets: gpd.GeoDataFrame, origin: tuple[float, float]) -> None:
        self.rings: list[list[list[int]]] = []
        self.at = np.full(len(pockets), -1, dtype=np.int64)
        drawn = np.flatnonzero(pockets["pocket"] > 0)
        geometry = pockets.geometry.to_numpy()
        written = shapely.to_wkb(geometry)
        known: dict[tuple[str, bytes], int] = {}
        for (norm_id, _), rows in (
            pockets.iloc[drawn].groupby(["norm_id", "measure"]).indices.items()
        ):
            keys = [(str(norm_id), written[i]) for i in drawn[rows]]
            new = [i for i, key in zip(drawn[rows], keys, strict=True) if key not in known]
            some = simplified(_as_areas(geometry[new]), vertices=POCKET_VERTICES)
            for i, shape in zip(new, some, strict=True):
                known[str(norm_id), written[i]] = len(self.rings)
                self.rings.append(as_rings(shape, origin))
            self.at[drawn[rows]] = [known[key] for key in keys]


def _as_areas(shapes: NDArray[Any]) -> NDArray[Any]:
    """Draw points as small squares."""
    flat = shapely.get_dimensions(shapes) == 0
    drawn = shapes.copy()
    drawn[flat] = shapely.buffer(shapes[flat], _SQUARE_M, cap_style="square", quad_segs=1)
    return drawn


def _pockets(maker: _Maker, group: Group, outlines: _Outlines) -> dict[str, Any] | None:
    """Pockets of a circle norm, the largest first."""
    mine = maker.pockets.get((group.norm.id, group.measure))
    if mine is None:
        return None
    rows = maker.view.result.pockets.iloc[mine]
    shown = (rows["pocket"] > 0).to_numpy()
    drawn, left = rows[shown], rows[rows["pocket"] == 0]
    return {
        "unit": [maker.unit_at[code] for code in drawn["unit_code"]],
        "people": [_whole(value) for value in drawn["people"]],
        "outline": outlines.at[mine[shown]].tolist(),
        "left": int(left["pockets"].sum()),
        "left_people": _whole(float(left["people"].sum())),
    }


# --- findings -----------------------------------------------------------------------------------


def _rows(maker: _Maker) -> dict[str, list[Any]]:
    """Lay the findings out column by column."""
    view, texts = maker.view, maker.texts
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("unit", "group", "rollup", "status", "method", "note", "short", "known")
    }
    numbers: dict[str, list[Any]] = {name: [] for name in NUMBERS if name != "standard"}
    shown: dict[str, list[str]] = {f"{name}_text": [] for name in numbers}
    columns |= numbers | shown
    at = {(group.norm.id, group.measure): i for i, group in enumerate(view.groups)}
    found = view.result.findings
    keys = (found[name].tolist() for name in ("unit_code", "norm_id", "measure", "rollup"))
    for code, norm_id, measure, rollup in zip(*keys, strict=True):
        index = at[norm_id, measure]
        row = view.row(code, view.groups[index], rollup)
        if row is None:
            raise KeyError(f"{norm_id} has no finding of {code}.")
        _row(columns, row, view.groups[index], texts)
        columns["unit"].append(maker.unit_at[code])
        columns["group"].append(index)
    return columns


def _row(columns: dict[str, list[Any]], row: dict[Any, Any], group: Group, texts: _Texts) -> None:
    columns["rollup"].append(row["rollup"])
    columns["status"].append(row["status"])
    for name in ("method", "note"):
        columns[name].append(texts.translated(row[name]))
    short = (short_cell(row, group, "zh").text, short_cell(row, group, "en").text)
    columns["short"].append(texts.put(_clean_pair(short)))
    for name in NUMBERS:
        if name != "standard":
            columns[name].append(_number(row[name]))
            mark, number = number_text(row, name, group)
            known = mark == KNOWN
            columns[f"{name}_text"].append(number if known else mark[0] + number)
            if known:
                columns["known"].append(f"{name} {len(columns['rollup']) - 1}")


# --- facilities ---------------------------------------------------------------------------------


def _facilities(maker: _Maker) -> dict[str, list[Any]]:
    frame = maker.view.result.area.facilities
    points = frame.geometry.to_numpy()
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    where: list[Any] = [None] * len(frame)
    centres = shapely.get_coordinates(shapely.centroid(points[placed]))
    for i, (x, y) in zip(np.flatnonzero(placed), centres, strict=True):
        where[i] = as_point(x, y, maker.origin)
    rows = records(frame)
    return {
        "where": where,
        "service": frame["service"].tolist(),
        "name": [clean(row["name"] or row["facility_id"]) for row in rows],
        "open": [bool(value) for value in frame["is_open"]],
        "about": [maker.texts.put(_about(row)) for row in rows],
    }


def _counted(maker: _Maker) -> dict[str, dict[str, list[int]]]:
    """List the facilities that each norm counts in some unit, and those of which that is unknown."""
    supply = maker.view.result.supply
    inside = supply[(supply["role"] == "supply") & (supply["unit_code"] != "")]
    found: dict[str, dict[str, list[int]]] = {}
    for norm_id, rows in inside.groupby("norm_id"):
        yes, unknown = rows["amount"] > 0, rows["amount"].isna()
        found[str(norm_id)] = {
            "yes": sorted(set(rows.loc[yes, "facility"].tolist())),
            "unknown": sorted(set(rows.loc[unknown, "facility"].tolist())),
        }
    return found


def _about(row: dict[Any, Any]) -> Pair:
    """Say of a facility what it is, who runs it, how large it is, and whether it is open."""
    facility_type = FACILITY_TYPES.get(row["facility_type"])
    parts: list[Pair] = [facility_type[:2]] if facility_type else []
    parts += [OPERATORS[row["operator"]]] if row["operator"] in OPERATORS else []
    for name, words in _AMOUNTS.items():
        amount = row.get(name, float("nan"))
        if amount == amount:  # noqa: PLR0124  # NaN
            parts.append((words[0].format(_whole(amount)), words[1].format(_whole(amount))))
    if row["status"] in FACILITY_STATUSES and row["status"] != "open":
        parts.append(FACILITY_STATUSES[row["status"]])
    elif not row["is_open"]:
        parts.append(WORDS["not_open"])
    return " · ".join(zh for zh, _ in parts), " · ".join(en for _, en in parts)
