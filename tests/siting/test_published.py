"""Instances whose optimum is published and whose data a formula gives.

No package holds the instances of the OR-Library; these need no file: the domination numbers of square
grids and of the king on a board, Steiner triple systems, and the edges of a hypercube that meet all
its squares.
"""

from itertools import combinations, product

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point, box

from capacity.siting.cover import Effort, Requirement, fewest_sites
from capacity.siting.layers import SitingOptions
from capacity.siting.models import lscp, mclp
from capacity.siting.search import Allowance
from tests.siting.test_problem import problem_of

EXACT = SitingOptions(gap=0.0)


def board(n):
    """A square board: somebody lives at every crossing, and every crossing is a site."""
    at = [Point(100 * x, 100 * y) for x, y in product(range(n), repeat=2)]
    people = gpd.GeoDataFrame({"population": np.ones(n * n)}, geometry=at, crs=4547)
    ids = [f"{k:04d}" for k in range(n * n)]
    sites = gpd.GeoDataFrame({"candidate_id": ids}, geometry=at, crs=4547)
    whole = [box(-50, -50, 100 * n, 100 * n)]
    return people, sites, gpd.GeoDataFrame({"unit_code": ["A"]}, geometry=whole, crs=4547)


@pytest.mark.parametrize(("n", "number"), [(4, 4), (6, 10), (8, 16), (10, 24)])
def test_domination_numbers_of_grids(n, number):
    """Gonçalves, Pinlou, Rao and Thomassé (2011), table of small grids."""
    found = lscp(*board(n), radius_m=100, options=EXACT)
    assert (found.objective, found.bound, found.status) == (number, number, "optimal")
    everyone = mclp(*board(n), radius_m=100, n_sites=number, options=EXACT)
    assert everyone.objective == n * n
    fewer = mclp(*board(n), radius_m=100, n_sites=number - 1, options=EXACT)
    assert fewer.bound < n * n


@pytest.mark.parametrize("n", [5, 9, 11])
def test_kings_that_dominate_a_board(n):
    """Yaglom and Yaglom (1964): a third of the side, rounded up, squared."""
    number = (-(-n // 3)) ** 2
    found = lscp(*board(n), radius_m="141.5", options=EXACT)
    assert (found.objective, found.bound) == (number, number)


def fewest(rows, n):
    """Fewest of n that meet every row."""
    reach = np.zeros((len(rows), n), dtype=bool)
    for k, row in enumerate(rows):
        reach[k, list(row)] = True
    everything = np.ones(n, dtype=bool)
    may = Allowance(np.ones(n), None, None, ~everything, everything)
    problem = problem_of(reach, np.ones(len(rows)), [0] * len(rows))
    asked = Requirement(np.zeros(1, dtype=np.int64), np.array([float(len(rows))]))
    return fewest_sites(problem, asked, may, Effort(gap=0.0, time_limit_s=60))


@pytest.mark.parametrize(("size", "number"), [(2, 5), (3, 18)])
def test_steiner_triples(size, number):
    """A9 and A27 of Fulkerson, Nemhauser and Trotter (1974): lines of a space over three elements."""
    points = list(product(range(3), repeat=size))
    lines = {
        frozenset(
            points.index(p) for p in (a, b, tuple((-x - y) % 3 for x, y in zip(a, b, strict=True)))
        )
        for a, b in combinations(points, 2)
    }
    assert len(lines) == {2: 12, 3: 117}[size]
    found = fewest(sorted(map(sorted, lines)), len(points))
    assert (found.objective, found.bound, found.status) == (number, number, "optimal")


@pytest.mark.parametrize(("size", "number"), [(3, 3), (4, 8), (5, 24)])
def test_edges_that_meet_every_square_of_a_hypercube(size, number):
    """The CYC instances of Grossman and Wool (1997), up to five dimensions."""
    edges = [
        (p, p | 1 << axis) for p in range(2**size) for axis in range(size) if not p & 1 << axis
    ]
    at = {edge: k for k, edge in enumerate(edges)}
    squares = [
        [at[p, p | a], at[p, p | b], at[p | a, p | a | b], at[p | b, p | a | b]]
        for i, j in combinations(range(size), 2)
        for a, b in [(1 << i, 1 << j)]
        for p in range(2**size)
        if not p & (a | b)
    ]
    found = fewest(squares, len(edges))
    assert (found.objective, found.bound, found.status) == (number, number, "optimal")
