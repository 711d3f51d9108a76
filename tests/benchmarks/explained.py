"""What the page of measurements says beside the numbers: why a cost is there, and memory budgets."""

from __future__ import annotations

from typing import Final

STEPS: Final = {
    "start": (
        "python",
        "import capacity",
        "import: geopandas",
        "import: tobler",
        "import: PySAL access",
        "help",
        "norms list",
    ),
    "kernels": ("kernels", "kernels-walk"),
    "costs": ("costs", "costs-walk"),
}
BUDGET_MB: Final[dict[str, int]] = {
    "split": 150,
    "calibrate": 150,
    "coverage 300 m": 150,
    "pairs 1 km": 250,
    "pairs-2km": 600,
    "sets 1 km": 250,
    "sets-2km": 600,
    "allocation 1 km": 250,
    "allocation-2km": 400,
    "2sfca 1 km": 250,
    "2sfca-2km": 400,
    "walk-snap": 150,
    "walk-nearest 1 km": 150,
    "walk-pairs 1 km": 250,
    "walk-pairs-2km": 400,
    "assess": 400,
    "assess-walk": 1200,
    "catalogue": 500,
    "outputs": 600,
}
GROWTH: Final[dict[str, str]] = {
    "sets 1 km": "The invented city of 4,000,000 cells has 18 times the faces of that of 250,000, as less of it lies near its border: a power of 1.05 by itself.",
    "2sfca 1 km": "Milliseconds of sums over pairs: in the smallest city the arrays (1.5 MB each) stay in the processor's caches from one round to the next. Sums in blocks and a sparse matrix were not faster at any size.",
    "calibrate": "Rows are read and written once, some units at a time. In the smallest city the arrays stay in the processor's caches, and the memory of the result in the process, from one round to the next.",
    "walk-nearest 1 km": "Strips of nodes are thinner the wider a city is, and overlap more: 1.11 to 1.27 nodes are searched for each.",
}
"""Task → what else is known of why it grows faster than its cells; the page says what its kernel does."""
COSTS: Final[dict[str, str]] = {
    "assess.pockets._cells_of": "The cells of the largest pockets put side by side.",
    "assess.pockets._grid_neighbours": "Runs of cells side by side, paired with those below. Cells were paired one by one before, which took longer.",
    "assess.pockets.pockets_of": "People and cells of each pocket added up.",
    "assess.ratio.needs_frame": "One exact decimal comparison for each unit and norm: fixed, whatever the number of cells.",
    "assess.record._counted": "What is counted of the facilities of a unit, for each norm: fixed.",
    "assess.table.as_unit_table": "Tables of units: fixed, whatever the number of cells.",
    "demand.Demand.by_unit": "People of each row, added up by unit: one pass over the rows for each norm and group, some at a time. Keeping them would take 8 MB a group.",
    "demand._added": "People of cells added to the totals of units, a block at a time, one after the other, so that parts of an area add up alike.",
    "fractions._overlaid": "exactextract itself: once for streets, once for what each circle reaches, once for crossed circles. It is the kernel; polygons go in as WKB, which is three times as fast as its own reader, and some at a time, which takes less fresh memory.",
    "reach.ground._costs": "What is walked at least and at most from each step along the network.",
    "reach.ground._moved": "Marks of squares moved by one, to widen them; eight million bytes each time.",
    "reach.ground.verdicts": "What is plain of every square of 40 m: everybody in it reaches a facility, or nobody does.",
    "reach.sets._faces": "The plane cut at every circle (GEOS), so that who can choose between facilities is exact.",
    "reach.snapping.EdgeIndex.samples": "Samples along all edges, for points that are snapped one by one; once for a network.",
    "reach.snapping._as_snapped": "Where each point enters its edge.",
    "reach.snapping._look": "Which edges look at which points, some rows at a time.",
    "reach.snapping._nearest": "Points further from an edge than most, by a tree of samples.",
    "reach.snapping._project": "The exact distance of the one or two that are left.",
    "reach.snapping._rank": "An order of edges that does not depend on that of the file; once for a network.",
    "reach.snapping._squared_distance": "Distance from four million starting points to the edges that may be nearest. Edges look around themselves; asking a tree for six neighbours of every point took more than twice as long, all steps together.",
    "reach.straight.circles": "A polygon with the area of a circle for each facility (GEOS).",
    "reach.straight.cut_at": "Circles cut at the borders of units (GEOS); circles inside a unit are left alone.",
    "reach.straight.reach_polygons": "Circles of one distance merged, those that touch only, and cut at units (GEOS). What is in reach has to be counted once.",
    "reach.walkers.walkers_of_rows": "Which of them are in which unit.",
}
