"""Slow, obvious reference calculations, written from the norm texts alone.

Nothing here comes from the library under test, in code or in idea.  Arithmetic
is exact (`fractions.Fraction`); geometry is shapely, cell by cell.

Numbers
    Strings, integers, decimals and fractions are taken as they are.  A binary
    float stands for a sum over grid cells and is snapped to six decimals first.

Cells
    Either a `Grid`, or a list of ``(polygon, {group: people})``.

Units
    Either ``{code: polygon}`` or a list of polygons, whose codes are then 0, 1, ...
"""

import itertools
import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import shapely
from scipy.spatial import KDTree

# ---------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------


def exact(value):
    """Return `value` as a Fraction; a float is snapped to six decimals first."""
    if isinstance(value, str | Decimal | numbers.Rational):
        return Fraction(value)
    return round(Fraction(float(value)), 6)


def raw(value):
    """Return `value` as a Fraction without snapping, for sums that are snapped once at the end."""
    return Fraction(float(value)) if isinstance(value, float) else exact(value)


def snap_sum(values):
    """Add values; snap the sum to six decimals if any of them is a binary float."""
    values = list(values)
    total = sum((raw(value) for value in values), Fraction(0))
    return round(total, 6) if any(isinstance(value, float) for value in values) else total


def gap(required, existing):
    """Return (shortfall, surplus); neither is ever negative."""
    if required > existing:
        return required - existing, Fraction(0)
    return Fraction(0), existing - required


def not_negative(**named):
    """Refuse negative numbers: every quantity here is a count, an area or a length."""
    for name, value in named.items():
        if value < 0:
            raise ValueError(f"{name} is negative: {value}")


def printed(value, decimals):
    """Return an exact value as printed text, halves away from zero; None stays None."""
    if value is None:
        return None
    scaled = math.floor(abs(value) * 10**decimals + Fraction(1, 2))
    sign = "-" if value < 0 and scaled else ""
    if decimals == 0:
        return f"{sign}{scaled}"
    return f"{sign}{scaled // 10**decimals}.{scaled % 10**decimals:0{decimals}d}"


# ---------------------------------------------------------------------------
# (a) ratio
# ---------------------------------------------------------------------------


def ratio(population, existing, per_thousand):
    """Things per 1000 people: the requirement is rounded up once.

    Returns dict(exact, required, existing, shortfall, surplus).

    >>> ratio(41250, 118, 6)["shortfall"] == 130
    True
    """
    population, existing, per_thousand = exact(population), exact(existing), exact(per_thousand)
    not_negative(population=population, existing=existing, per_thousand=per_thousand)
    unrounded = per_thousand * population / 1000
    required = math.ceil(unrounded)
    shortfall, surplus = gap(required, existing)
    return {
        "exact": unrounded,
        "required": required,
        "existing": existing,
        "shortfall": shortfall,
        "surplus": surplus,
    }


def ratio_table(units, per_thousand):
    """Assess every unit, add the unit rows, and assess the parent as one unit.

    `units` is a list of dicts with code, population and existing.
    Returns dict(units, sum_of_units, net).
    """
    rows = []
    sums = dict.fromkeys(("exact", "required", "existing", "shortfall", "surplus"), Fraction(0))
    for unit in units:
        row = ratio(unit["population"], unit["existing"], per_thousand)
        rows.append({"code": unit["code"], **row})
        for key in sums:
            sums[key] += row[key]
    population = snap_sum(unit["population"] for unit in units)
    existing = snap_sum(unit["existing"] for unit in units)
    return {
        "units": rows,
        "sum_of_units": {"population": population, **sums},
        "net": {"population": population, **ratio(population, existing, per_thousand)},
    }


# ---------------------------------------------------------------------------
# (b) circles over points
# ---------------------------------------------------------------------------


def is_within(point, facility, radius):
    """Whether the straight-line distance is at most `radius`, exactly."""
    dx = raw(point[0]) - raw(facility[0])
    dy = raw(point[1]) - raw(facility[1])
    return dx * dx + dy * dy <= raw(radius) ** 2


def straight_coverage_points(points, facilities, radius):
    """Count the people at points within `radius` of any facility.

    `points` is a list of ``(x, y, {group: people})``, `facilities` of ``(x, y)``.
    Returns {group: dict(total, covered, share)}; the share of nobody is None.
    """
    totals, covered = {}, {}
    for x, y, people in points:
        reached = any(is_within((x, y), facility, radius) for facility in facilities)
        for group, number in people.items():
            totals.setdefault(group, []).append(number)
            covered.setdefault(group, [])
            if reached:
                covered[group].append(number)
    result = {}
    for group, numbers_of_people in totals.items():
        total, part = snap_sum(numbers_of_people), snap_sum(covered[group])
        result[group] = {"total": total, "covered": part, "share": part / total if total else None}
    return result


def _served(demand, served, out_of_reach):
    return {
        "demand": demand,
        "served": served,
        "share": served / demand if demand else None,
        "unserved": demand - served,
        "out_of_reach": out_of_reach,
        "lacking_capacity": demand - served - out_of_reach,
    }


def capacity_limited_points(cells, facilities, radius, per_thousand):
    """Serve as much demand as any assignment within `radius` can.

    `cells` is a list of ``(x, y, population)``, `facilities` of ``(x, y, places)``.
    By max-flow min-cut: for every set of facilities, no assignment can serve more
    than their places plus the demand of all cells that reach any other facility,
    and the smallest such bound is attained.  All sets are tried: few facilities only.
    Returns dict(demand, served, share, unserved, out_of_reach, lacking_capacity).
    """
    demands, reaches = [], []
    for x, y, population in cells:
        demands.append(exact(per_thousand) * exact(population) / 1000)
        reaches.append({j for j, f in enumerate(facilities) if is_within((x, y), f[:2], radius)})
    indices = range(len(facilities))
    bounds = []
    for size in range(len(facilities) + 1):
        for cut in itertools.combinations(indices, size):
            places = sum((exact(facilities[j][2]) for j in cut), Fraction(0))
            free = [d for d, reach in zip(demands, reaches, strict=True) if reach - set(cut)]
            bounds.append(places + sum(free, Fraction(0)))
    out = sum((d for d, reach in zip(demands, reaches, strict=True) if not reach), Fraction(0))
    return _served(sum(demands, Fraction(0)), min(bounds), out)


def nearest_only_points(cells, facilities, radius, per_thousand):
    """Send every cell's whole demand to its nearest facility, if that is within `radius`.

    A tie goes to the facility listed first.  Arguments and result as in
    `capacity_limited_points`.
    """
    total, out = Fraction(0), Fraction(0)
    load = [Fraction(0) for _ in facilities]
    for x, y, population in cells:
        demand = exact(per_thousand) * exact(population) / 1000
        total += demand
        best, best_squared = None, None
        for j, facility in enumerate(facilities):
            squared = (raw(x) - raw(facility[0])) ** 2 + (raw(y) - raw(facility[1])) ** 2
            if best is None or squared < best_squared:
                best, best_squared = j, squared
        if best is None or best_squared > raw(radius) ** 2:
            out += demand
        else:
            load[best] += demand
    served = Fraction(0)
    for facility, demand in zip(facilities, load, strict=True):
        served += min(demand, exact(facility[2]))
    return _served(total, served, out)


# ---------------------------------------------------------------------------
# (c) land, (d) compounds
# ---------------------------------------------------------------------------


def land(population, land_m2, per_person):
    """Land per person; never rounded.  `land_m2` lists plots, None = no plot of its own.

    Returns dict(required, existing, unknown, shortfall, surplus) in square metres.
    """
    required = exact(per_person) * exact(population)
    existing, unknown = Fraction(0), 0
    for area in land_m2:
        if area is None:
            unknown += 1
        else:
            existing += exact(area)
    not_negative(required=required, existing=existing)
    shortfall, surplus = gap(required, existing)
    return {
        "required": required,
        "existing": existing,
        "unknown": unknown,
        "shortfall": shortfall,
        "surplus": surplus,
    }


def compounds(
    households_and_existing, per_100, minimum, *, started_hundred=False, replacement=False
):
    """Rooms in old compounds: the larger of the minimum and the rate, compound by compound.

    `households_and_existing` is a list of ``(households, existing m2)``.
    With `started_hundred`, a started hundred of households counts as a whole one.
    With `replacement`, a compound below its requirement needs all of it anew.
    Returns dict(compounds, total).
    """
    rows = []
    total = dict.fromkeys(
        ("households", "existing", "required", "shortfall", "surplus"), Fraction(0)
    )
    for households, existing in households_and_existing:
        row = {"households": exact(households), "existing": exact(existing)}
        not_negative(**row)
        hundreds = row["households"] / 100
        if started_hundred:
            hundreds = math.ceil(hundreds)
        row["required"] = max(exact(minimum), exact(per_100) * hundreds)
        row["shortfall"], row["surplus"] = gap(row["required"], row["existing"])
        if replacement and row["shortfall"] > 0:
            row["shortfall"] = row["required"]
        rows.append(row)
        for key in total:
            total[key] += row[key]
    return {"compounds": rows, "total": total}


# ---------------------------------------------------------------------------
# (e) time circles
# ---------------------------------------------------------------------------


def time_radius(minutes, speed_m_s, detour):
    """Distance walked in the time, and the straight line it is worth at a detour factor.

    Returns dict(walking_m, straight_line_m), exact.
    """
    detour = exact(detour)
    if detour < 1:
        raise ValueError(f"no detour is shorter than the straight line: {detour}")
    walking = exact(minutes) * 60 * exact(speed_m_s)
    return {"walking_m": walking, "straight_line_m": walking / detour}


def implied_speed(minutes, walking_m):
    """Speed in m/s at which `walking_m` takes `minutes`."""
    return exact(walking_m) / (exact(minutes) * 60)


# ---------------------------------------------------------------------------
# (f) existence
# ---------------------------------------------------------------------------


def existence(places_list, count, size):
    """At least `count` single facilities of at least `size` places.

    `places_to_add` tries every choice of facilities to expand, the rest being
    built anew at full size, and keeps the cheapest.
    Returns dict(required, existing, shortfall, surplus, places_to_add).
    """
    places = [exact(number) for number in places_list]
    size = exact(size)
    small = [number for number in places if number < size]
    large = len(places) - len(small)
    missing = max(0, count - large)
    costs = []
    for expansions in range(min(missing, len(small)) + 1):
        for chosen in itertools.combinations(small, expansions):
            expanding = sum((size - number for number in chosen), Fraction(0))
            costs.append(expanding + (missing - expansions) * size)
    return {
        "required": count,
        "existing": large,
        "shortfall": missing,
        "surplus": max(0, large - count),
        "places_to_add": min(costs),
    }


def combined_need(population, per_thousand, unit_size, communities, community_size):
    """Take the larger of the ratio need and the existence need; never their sum.

    The unit's own facility stands in one of its communities and satisfies it; every
    other community needs one of its own.  A lower bound.
    Returns dict(ratio, existence, need).
    """
    by_ratio = ratio(population, 0, per_thousand)["required"]
    by_existence = exact(unit_size)
    if communities > 0:
        by_existence = max(exact(unit_size), exact(community_size))
        for _ in range(communities - 1):
            by_existence += exact(community_size)
    return {"ratio": by_ratio, "existence": by_existence, "need": max(by_ratio, by_existence)}


def break_even(size, per_thousand):
    """Population whose unrounded ratio requirement equals `size` places."""
    return exact(size) * 1000 / exact(per_thousand)


def unit_share(share, total):
    """A share of countable things, rounded up.  Returns dict(exact, required)."""
    unrounded = exact(share) * exact(total)
    return {"exact": unrounded, "required": math.ceil(unrounded)}


# ---------------------------------------------------------------------------
# (g) composition
# ---------------------------------------------------------------------------


def composition(total, part, share, *, strict=False):
    """Reach a share of `total` things, by turning some into the kind wanted or by adding such.

    `required` is the smallest number of things of the kind among `total`; `build` the
    smallest number of new things of the kind, which also raise the total, None if no
    number is enough.  Both are found by trying 0, 1, 2, ...  At least `share` is enough;
    with `strict`, more than `share` is needed.  Of nothing there is no share: all None.
    Returns dict(share, met, required, shortfall_convert, surplus, build).

    >>> composition(1000, 870, "0.9")["build"]
    300
    """
    total, part, share = exact(total), exact(part), exact(share)
    not_negative(total=total, part=part, share=share)
    if part > total:
        raise ValueError(f"part of {part} is more than the total of {total}")
    keys = ("share", "met", "required", "shortfall_convert", "surplus", "build")
    if total == 0:
        return dict.fromkeys(keys)

    def enough(some, all_of_them):
        left = some * share.denominator
        right = all_of_them * share.numerator
        return left > right if strict else left >= right

    required = 0
    while required <= total and not enough(required, total):
        required += 1
    if required > total:
        required, convert, surplus = None, None, Fraction(0)
    else:
        convert, surplus = gap(required, part)
    build = None
    if enough(part, total) or share < 1:
        build = 0
        while not enough(part + build, total + build):
            build += 1
    return {
        "share": part / total,
        "met": enough(part, total),
        "required": required,
        "shortfall_convert": convert,
        "surplus": surplus,
        "build": build,
    }


# ---------------------------------------------------------------------------
# (h) elder-care circle
# ---------------------------------------------------------------------------


def elder_limits(minutes, speed_m_s, detour, rural_m):
    """Metres that count as reached, per declared class and reading.

    The minutes are worth a walk by road, or a straight line at the detour factor; the
    metres are taken as printed in both readings.
    """
    walk = time_radius(minutes, speed_m_s, detour)
    return {
        "urban": {"straight_line": walk["straight_line_m"], "network": walk["walking_m"]},
        "rural": {"straight_line": exact(rural_m), "network": exact(rural_m)},
    }


def _is_reached(cell, facilities, limit, reading):
    if reading == "straight_line":
        return any(is_within((cell["x"], cell["y"]), at, limit) for at in facilities.values())
    by_road = [exact(cell["network_m"][name]) for name in facilities if name in cell["network_m"]]
    return any(metres <= limit for metres in by_road)


def elder_circle(cells, classes, facilities, limits, reading):
    """Count people within reach of any facility, by the limit of their unit's class.

    `cells` lists dicts with id, unit, x, y, groups = {group: people} and, for the network
    reading, network_m = {facility: metres by road}; a facility not named is not reachable.
    `classes` gives each unit urban, rural or None: not declared, listed, in no share.
    `facilities` is {id: (x, y)}, wherever they stand; `limits` as in `elder_limits`.
    Returns dict(covered, undeclared, shares={urban, rural, all: {group: share or None}}).
    """
    covered, undeclared = [], []
    everybody = {"urban": {}, "rural": {}, "all": {}}
    reached = {"urban": {}, "rural": {}, "all": {}}
    for cell in cells:
        kind = classes[cell["unit"]]
        if kind is None:
            undeclared.append(cell["id"])
            continue
        limit = limits[kind][reading]
        within = _is_reached(cell, facilities, limit, reading)
        if within:
            covered.append(cell["id"])
        for key in (kind, "all"):
            for group, number in cell["groups"].items():
                everybody[key].setdefault(group, []).append(number)
                reached[key].setdefault(group, []).append(number if within else 0)
    shares = {"urban": {}, "rural": {}, "all": {}}
    for key, groups in everybody.items():
        for group, people in groups.items():
            total = snap_sum(people)
            shares[key][group] = snap_sum(reached[key][group]) / total if total else None
    return {"covered": covered, "undeclared": undeclared, "shares": shares}


# ---------------------------------------------------------------------------
# (i) totals
# ---------------------------------------------------------------------------


def implied_population(total, per_thousand):
    """Population at which `total` things are exactly `per_thousand` per 1000 people."""
    return exact(total) * 1000 / exact(per_thousand)


def implied_per_thousand(total, population):
    """Things per 1000 people; None if there are no people."""
    population = exact(population)
    return exact(total) * 1000 / population if population else None


def total_target(target, existing):
    """A number of things, wherever they are.  Returns dict(required, shortfall, surplus, met)."""
    required, existing = exact(target), exact(existing)
    not_negative(required=required, existing=existing)
    shortfall, surplus = gap(required, existing)
    return {
        "required": required,
        "existing": existing,
        "shortfall": shortfall,
        "surplus": surplus,
        "met": shortfall == 0,
    }


def totals(target, per_thousand, population, existing):
    """A printed total and a printed ratio side by side; the ratio governs.

    Returns dict(total, ratio, implied_population, target_per_thousand,
    existing_per_thousand, governs, required, shortfall).
    """
    by_total = total_target(target, existing)
    by_ratio = ratio(population, existing, per_thousand)
    by_ratio["met"] = by_ratio["shortfall"] == 0
    return {
        "total": by_total,
        "ratio": by_ratio,
        "implied_population": implied_population(target, per_thousand),
        "target_per_thousand": implied_per_thousand(target, population),
        "existing_per_thousand": implied_per_thousand(existing, population),
        "governs": "ratio",
        "required": by_ratio["required"],
        "shortfall": by_ratio["shortfall"],
    }


# ---------------------------------------------------------------------------
# Area per place
# ---------------------------------------------------------------------------


def unit_area(places, areas, standards, condition):
    """Area per place under a declared condition, for each kind of area that has a figure.

    `areas` is {kind: m2 or None}, None = not known; `standards` {condition: {kind: m2 per
    place}}.  A condition that is None or has no figure sets no requirement.  Areas are not
    rounded; `implied_capacity` is the number of whole places that all known areas allow,
    None unless every area with a figure is known.
    Returns dict(areas={kind: dict(required, existing, shortfall, surplus)},
    implied_capacity, declared_fits).
    """
    places = exact(places)
    not_negative(places=places)
    rows, capacities = {}, []
    for kind, per_place in standards.get(condition, {}).items():
        required, area = exact(per_place) * places, areas.get(kind)
        row = {"required": required, "existing": None, "shortfall": None, "surplus": None}
        if area is None:
            capacities.append(None)
        else:
            row["existing"] = exact(area)
            not_negative(area=row["existing"])
            row["shortfall"], row["surplus"] = gap(required, row["existing"])
            capacities.append(math.floor(row["existing"] / exact(per_place)))
        rows[kind] = row
    capacity = None if not capacities or None in capacities else min(capacities)
    return {
        "areas": rows,
        "implied_capacity": capacity,
        "declared_fits": None if capacity is None else places <= capacity,
    }


# ---------------------------------------------------------------------------
# Shares of units
# ---------------------------------------------------------------------------


def units_with(share, total, having):
    """A share of `total` units must have something that `having` of them have.

    Of no units there is no share: all None.
    Returns dict(exact, required, existing, share, shortfall, surplus, met).
    """
    keys = ("exact", "required", "existing", "share", "shortfall", "surplus", "met")
    total, having = exact(total), exact(having)
    not_negative(total=total, having=having)
    if having > total:
        raise ValueError(f"{having} of {total} units cannot have it")
    if total == 0:
        return dict.fromkeys(keys)
    need = unit_share(share, total)
    shortfall, surplus = gap(need["required"], having)
    return {
        **need,
        "existing": having,
        "share": having / total,
        "shortfall": shortfall,
        "surplus": surplus,
        "met": shortfall == 0,
    }


def stages_on(stages, today):
    """Return (stage already due, next stage) of [{by, ...}]; either may be None.

    Dates are ISO text.  A stage is due on its own day, the last day to meet it.
    """
    due, following = None, None
    for stage in sorted(stages, key=lambda stage: stage["by"]):
        if stage["by"] <= today:
            due = stage
        elif following is None:
            following = stage
    return due, following


# ---------------------------------------------------------------------------
# Ratios to a subgroup, areas per base, ranges
# ---------------------------------------------------------------------------


def subgroup(base, value, per, existing, *, whole=True):
    """`value` things for every `per` of a base: children, older persons, beds, people.

    `whole` things are rounded up once, areas never.  A base that is None is not known,
    which is not zero: nothing follows from it.  `density` is what exists for every `per`,
    None where the base is empty or not known.
    Returns dict(exact, required, existing, shortfall, surplus, density).
    """
    value, per, existing = exact(value), exact(per), exact(existing)
    not_negative(value=value, per=per, existing=existing)
    keys = ("exact", "required", "existing", "shortfall", "surplus", "density")
    if base is None:
        return {**dict.fromkeys(keys), "existing": existing}
    base = exact(base)
    not_negative(base=base)
    unrounded = base / per * value
    required = math.ceil(unrounded) if whole else unrounded
    shortfall, surplus = gap(required, existing)
    return {
        "exact": unrounded,
        "required": required,
        "existing": existing,
        "shortfall": shortfall,
        "surplus": surplus,
        "density": existing * per / base if base else None,
    }


def subgroup_table(units, value, per, *, whole=True):
    """Assess every unit of [{code, base, existing}], add the rows, assess the parent as one.

    A parent has a known base only if all its units have.
    Returns dict(units, sum_of_units, net); sum_of_units adds what is known.
    """
    rows, sums = [], dict.fromkeys(("required", "existing", "shortfall", "surplus"), Fraction(0))
    for unit in units:
        row = subgroup(unit["base"], value, per, unit["existing"], whole=whole)
        rows.append({"code": unit["code"], **row})
        for key in sums:
            sums[key] += row[key] or 0
    bases = [unit["base"] for unit in units]
    base = None if None in bases else snap_sum(bases)
    existing = snap_sum(unit["existing"] for unit in units)
    net = subgroup(base, value, per, existing, whole=whole)
    return {"units": rows, "sum_of_units": sums, "net": net}


def area_per_base(base, value, per, existing):
    """Square metres for every `per` of a base; never rounded.  Result as in `subgroup`."""
    return subgroup(base, value, per, existing, whole=False)


def in_range(base, low, high, per, existing, *, whole=True):
    """A printed range: the lower end is the test, the upper end sizes new plans.

    Returns dict(required, shortfall, surplus, met) of the lower end, and
    dict(upper, to_upper, over_upper) of the upper end, which nothing fails.
    """
    if exact(high) < exact(low):
        raise ValueError(f"the range {low} to {high} runs downwards")
    bottom = subgroup(base, low, per, existing, whole=whole)
    top = subgroup(base, high, per, existing, whole=whole)
    return {
        "required": bottom["required"],
        "existing": bottom["existing"],
        "shortfall": bottom["shortfall"],
        "surplus": bottom["surplus"],
        "met": None if bottom["shortfall"] is None else bottom["shortfall"] == 0,
        "upper": top["required"],
        "to_upper": top["shortfall"],
        "over_upper": top["surplus"],
    }


# ---------------------------------------------------------------------------
# Cells and units
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """A north-up grid of people.

    (x0, y0) is the outer corner of row 0, column 0 at top left; columns go east by
    `dx`, rows go south by `dy`, both positive.  `groups` maps a group to an array of
    (nrows, ncols) people; NaN is nobody.  `to_metric(xs, ys)`, if given, takes grid
    coordinates to those of the units and facilities.
    """

    x0: float
    y0: float
    dx: float
    dy: float
    nrows: int
    ncols: int
    groups: Mapping[str, np.ndarray]
    to_metric: Callable | None = None

    def __post_init__(self):
        for group, people in self.groups.items():
            if np.shape(people) != (self.nrows, self.ncols):
                raise ValueError(f"{group} is not {self.nrows} x {self.ncols}")
            if (np.nan_to_num(people) < 0).any():
                raise ValueError(f"{group} has negative people")

    def populated(self):
        """Return rows and columns of the cells with anybody in any group."""
        anybody = np.zeros((self.nrows, self.ncols), dtype=bool)
        for people in self.groups.values():
            anybody |= np.nan_to_num(people) > 0
        return np.nonzero(anybody)

    def place(self, columns, rows):
        """Coordinates of grid positions, in the units' plane; (0, 0) is the top left corner."""
        xs = self.x0 + np.asarray(columns, dtype=float) * self.dx
        ys = self.y0 - np.asarray(rows, dtype=float) * self.dy
        return self.to_metric(xs, ys) if self.to_metric else (xs, ys)


def cell_polygons(cells):
    """Yield (polygon, {group: people}) for every populated cell."""
    if not isinstance(cells, Grid):
        yield from cells
        return
    for row, column in zip(*cells.populated(), strict=True):
        xs, ys = cells.place([column, column + 1, column + 1, column], [row, row, row + 1, row + 1])
        people = {g: float(np.nan_to_num(a[row, column])) for g, a in cells.groups.items()}
        yield shapely.Polygon(np.column_stack([xs, ys])), people


def named_units(unit_polygons):
    """Return units as {code: polygon}."""
    if isinstance(unit_polygons, Mapping):
        return dict(unit_polygons)
    return dict(enumerate(unit_polygons))


def group_names(cells):
    """Return the population groups of cells, in order."""
    if isinstance(cells, Grid):
        return list(cells.groups)
    return list(dict.fromkeys(group for _, people in cells for group in people))


# ---------------------------------------------------------------------------
# Exact split of cells between units
# ---------------------------------------------------------------------------


def exact_split(cells, unit_polygons):
    """Split every cell between the units by area.

    Every cell is cut with every unit it could touch, and what no unit takes is
    found by cutting all of them away, so that overlapping units or gaps show up as
    units + outside != total.
    Returns dict(units={code: {group: people}}, outside={group: ...}, total={group: ...}).
    """
    units = named_units(unit_polygons)
    groups = group_names(cells)
    result = {code: dict.fromkeys(groups, 0.0) for code in units}
    outside, total = dict.fromkeys(groups, 0.0), dict.fromkeys(groups, 0.0)
    boxes = {code: polygon.bounds for code, polygon in units.items()}
    for cell, people in cell_polygons(cells):
        rest = cell
        west, south, east, north = cell.bounds
        for code, polygon in units.items():
            w, s, e, n = boxes[code]
            if e < west or w > east or n < south or s > north:
                continue
            share = cell.intersection(polygon).area / cell.area
            rest = rest.difference(polygon)
            for group, number in people.items():
                result[code][group] += number * share
        for group, number in people.items():
            outside[group] += number * (rest.area / cell.area)
            total[group] += number
    return {"units": result, "outside": outside, "total": total}


# ---------------------------------------------------------------------------
# Coverage by fine subcells
# ---------------------------------------------------------------------------


def _grid_subcells(grid, n_sub, cells_at_once):
    rows, columns = grid.populated()
    offsets = (np.arange(n_sub) + 0.5) / n_sub
    right, down = (a.ravel() for a in np.meshgrid(offsets, offsets))
    for start in range(0, len(rows), cells_at_once):
        r, c = rows[start : start + cells_at_once], columns[start : start + cells_at_once]
        xs, ys = grid.place((c[:, None] + right).ravel(), (r[:, None] + down).ravel())
        people = {}
        for group, array in grid.groups.items():
            per_subcell = np.nan_to_num(np.asarray(array, dtype=float)[r, c]) / n_sub**2
            people[group] = np.repeat(per_subcell, n_sub**2)
        yield xs, ys, people


def _polygon_subcells(cells, groups, n_sub):
    offsets = (np.arange(n_sub) + 0.5) / n_sub
    right, up = (a.ravel() for a in np.meshgrid(offsets, offsets))
    for polygon, people in cells:
        west, south, east, north = polygon.bounds
        xs, ys = west + right * (east - west), south + up * (north - south)
        inside = shapely.contains_xy(polygon, xs, ys)
        if not inside.any():
            raise ValueError(f"n_sub = {n_sub} puts no subcell centre into a cell")
        number = int(inside.sum())
        weights = {g: np.full(number, float(people.get(g, 0)) / number) for g in groups}
        yield xs[inside], ys[inside], weights


def _owner_on_boundary(units, x, y):
    """Return the unit that contains a point, else the first one that touches it."""
    point = shapely.Point(x, y)
    for code, polygon in units.items():
        if polygon.contains(point):
            return code
    return next(code for code, polygon in units.items() if polygon.intersects(point))


def fine_subcell_coverage(
    cells, unit_polygons, facility_points, radius_m, n_sub, *, only=None, cells_at_once=20_000
):
    """Count people and covered people per unit on a fine raster of subcell centres.

    Every cell has n_sub x n_sub subcells with equal people.  A subcell belongs to the
    unit that contains its centre; a centre exactly on a boundary, which no unit contains,
    to the first unit listed that touches it.  It is covered if its centre is within
    `radius_m` of any facility, whatever unit the facility stands in.  `only` restricts the
    work to some unit codes and changes nothing in their figures.

    An approximation: for a unit or circle of perimeter L, the error is about the people
    in a strip of a subcell's width along L, times a factor well below one.

    Returns dict(units={code: {group: (population, covered)}},
    outside={group: (population, covered)} or None if `only` is given).
    """
    units = named_units(unit_polygons)
    chosen = list(units) if only is None else list(only)
    groups = group_names(cells)
    sums = {code: {group: [0.0, 0.0] for group in groups} for code in chosen}
    outside = {group: [0.0, 0.0] for group in groups}
    tree = KDTree(np.asarray(facility_points, dtype=float)) if len(facility_points) else None
    for polygon in units.values():
        shapely.prepare(polygon)
    if isinstance(cells, Grid):
        parts = _grid_subcells(cells, n_sub, cells_at_once)
    else:
        parts = _polygon_subcells(cells, groups, n_sub)
    for xs, ys, people in parts:
        if tree is None:
            covered = np.zeros(len(xs), dtype=bool)
        else:
            distance, _ = tree.query(np.column_stack([xs, ys]))
            covered = distance <= radius_m
        taken = np.zeros(len(xs), dtype=bool)
        for code in chosen:
            west, south, east, north = units[code].bounds
            box = (xs >= west) & (xs <= east) & (ys >= south) & (ys <= north)
            near = np.flatnonzero(box)
            within = shapely.contains_xy(units[code], xs[near], ys[near])
            touching = shapely.intersects_xy(units[code], xs[near], ys[near]) & ~within
            for i in np.flatnonzero(touching):
                within[i] = _owner_on_boundary(units, xs[near[i]], ys[near[i]]) == code
            mine = near[within]
            taken[mine] = True
            for group in groups:
                sums[code][group][0] += people[group][mine].sum()
                sums[code][group][1] += people[group][mine][covered[mine]].sum()
        for group in groups:
            outside[group][0] += people[group][~taken].sum()
            outside[group][1] += people[group][~taken & covered].sum()
    return {
        "units": {
            code: {group: (float(p), float(c)) for group, (p, c) in by_group.items()}
            for code, by_group in sums.items()
        },
        "outside": None
        if only is not None
        else {group: (float(p), float(c)) for group, (p, c) in outside.items()},
    }
