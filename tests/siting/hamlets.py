"""An invented hamlet of two streets: people and sites at points, so every plan can be tried.

``cheapest`` tries them all, and shares no line with the library: places are counted, distances are
measured and units told apart with plain numbers.
"""

import functools
import itertools
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely import box

import capacity

NORMS = Path(__file__).with_name("hamlet.yaml")
RATIO, STREET, COMMUNITY, CIRCLE = (
    f"hamlet.childcare.{name}" for name in ("ratio", "per_street", "per_community", "circle")
)
CRS = "EPSG:4547"
# Streets are 1 km wide; each has a community in the south and one in the north.
CORNERS = {"A1": (0, 0), "A2": (0, 500), "B1": (1000, 0), "B2": (1000, 500)}


@functools.cache
def norms():
    """Norms of the hamlet."""
    return capacity.load_norms("hamlet", on="2025-12-31", extra=NORMS)


def units():
    """Two streets with two communities each."""
    rows = [
        ("A", "A街道", "street", "", box(0, 0, 1000, 1000)),
        ("B", "B街道", "street", "", box(1000, 0, 2000, 1000)),
    ]
    rows += [
        (code, f"{code}社区", "community", code[0], box(x, y, x + 1000, y + 500))
        for code, (x, y) in CORNERS.items()
    ]
    columns = ["unit_code", "unit_name", "unit_type", "parent_code", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=CRS)


def hamlet(seed=0, *, n_people=14, n_sites=5, existing=((250.0, 250.0, 3.0, False),), **more):
    """Draw a hamlet: people at points, existing facilities (x, y, places, inclusive), sites."""
    rng = np.random.default_rng(seed)
    people = rng.integers(20, 200, n_people).astype(float)
    homes = rng.integers(1, 199, (n_people, 2)) * np.array([10.0, 5.0]) + 0.5
    sites = rng.integers(1, 199, (n_sites, 2)) * np.array([10.0, 5.0])
    # communities are never left without a site
    for k, (x, y) in enumerate(CORNERS.values()):
        if k < n_sites:
            sites[k] = (x + 10 * rng.integers(1, 99), y + 5 * rng.integers(1, 99))
    return build(people, homes, sites, existing, **more)


def build(people, homes, sites, existing, **more):
    """Put a hamlet together of arrays."""
    places = np.array([one[:2] for one in existing], dtype=float).reshape(-1, 2)
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": [f"F{k}" for k in range(len(existing))],
            "service": "childcare",
            "places": [float(one[2]) for one in existing],
            "inclusive": [bool(one[3]) for one in existing],
        },
        geometry=list(shapely.points(places)),
        crs=CRS,
    )
    at = np.asarray(sites, dtype=float).reshape(-1, 2)
    columns = {"id": [f"S{k}" for k in range(len(at))]} | more.pop("site_columns", {})
    candidates = gpd.GeoDataFrame(columns, geometry=list(shapely.points(at)), crs=CRS)
    cells = gpd.GeoDataFrame(
        {"population": np.asarray(people, dtype=float)},
        geometry=list(shapely.points(np.asarray(homes, dtype=float))),
        crs=CRS,
    )
    return capacity.study_area(
        units(),
        cells,
        facilities if len(existing) else None,
        candidates=candidates if len(at) else None,
        name="小村",
        code="X",
        city="hamlet",
        data_date="2025-06-30",
        services=["childcare"],
        sparsely_populated=True,
        population_no_data="zero",
        **more,
    )


def in_unit(xy, code):
    """Whether a point that is on no border is in a unit."""
    x, y = xy
    if len(code) == 1:
        return (x < 1000) == (code == "A")
    left, low = CORNERS[code]
    return left < x < left + 1000 and low < y < low + 500


def met(area, chosen, built, share=None):
    """Whether sizes at sites (0: nothing there) meet the chosen norms, counted by hand."""
    old = [
        ((p.x, p.y), places, inclusive)
        for p, places, inclusive in zip(
            area.facilities.geometry,
            area.facilities["places"],
            area.facilities["inclusive"],
            strict=True,
        )
    ]
    sites = [(p.x, p.y) for p in area.candidates.geometry]
    now = old + [(sites[k], size, True) for k, size in enumerate(built) if size]
    homes = [(p.x, p.y) for p in area.population.geometry]
    people = area.population["population"].tolist()
    for street in "AB":
        living = sum(n for xy, n in zip(homes, people, strict=True) if in_unit(xy, street))
        here = [one for one in now if in_unit(one[0], street)]
        if RATIO in chosen and living and sum(one[1] for one in here) * 1000 < 5 * living:
            return False
        if STREET in chosen and not any(one[1] >= 4 and one[2] for one in here):
            return False
    if COMMUNITY in chosen and not all(any(in_unit(o[0], c) for o in now) for c in CORNERS):
        return False
    if CIRCLE in chosen:
        reached = sum(
            n
            for (x, y), n in zip(homes, people, strict=True)
            if any((x - f[0][0]) ** 2 + (y - f[0][1]) ** 2 <= 300**2 for f in now)
        )
        if reached < share * sum(people) - 1e-9:
            return False
    return True


def cheapest(area, chosen, sizes, price, share=None):
    """Least price over every choice of sizes at every site; infinite where none will do."""
    best = math.inf
    for built in itertools.product([0, *sizes], repeat=len(area.candidates)):
        worth = sum(price(size) for size in built if size)
        if worth < best and met(area, chosen, built, share):
            best = worth
    return best
