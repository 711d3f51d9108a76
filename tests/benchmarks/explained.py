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
    "2sfca 1 km": "Milliseconds: in the smallest of the cities its arrays of pairs fit into the processor's cache one by one (1.5 MB), in larger ones they do not.",
    "walk-pairs 1 km": "Starting points are sorted, and those in a column of the city are looked through for every group of 16 facilities; the smallest city fits into the processor's cache.",
}
"""Task → what else is known of why it grows faster than its cells; the page says what its kernel does."""
COSTS: Final[dict[str, str]] = {
    "assess.pockets._cells_of": "The cells of the largest pockets put side by side.",
    "assess.pockets._grid_neighbours": "Runs of cells side by side, paired with those below. Cells were paired one by one before, which took longer.",
    "assess.pockets._within": "Outlines of pockets cut at the borders of their units (GEOS), the 200 largest of each circle.",
    "assess.pockets.pockets_of": "People and cells of each pocket added up.",
    "assess.ratio.needs_frame": "One exact decimal comparison for each unit and norm: fixed, whatever the number of cells.",
    "assess.table.UnitTable.rows": "Rows of units as findings take them: fixed.",
    "assess.table.as_unit_table": "Tables of units: fixed, whatever the number of cells.",
    "demand.Demand.by_unit": "People of each row, added up by unit: one pass over the rows for each norm and group, some at a time. Keeping them would take 8 MB a group.",
    "findings.as_findings": "The table of findings: fixed.",
    "fractions._clean": "Corners snapped and spikes of no width dropped, or exactextract takes cells under them as covered. Only what has a spike is mended.",
    "fractions._overlaid": "exactextract itself: once for streets, once for what each circle reaches, once for crossed circles. It is the kernel; polygons go in as WKB, which is three times as fast as its own reader, and some at a time, which takes less fresh memory.",
    "reach.search.nearest_cost": "SciPy's Dijkstra from all facilities at once, and the better end of each point's edge.",
    "reach.sets._faces": "The plane cut at every circle (GEOS), so that who can choose between facilities is exact.",
    "reach.snapping._around_edges": "Which edges look at which points.",
    "reach.snapping._as_snapped": "Where each point enters its edge.",
    "reach.snapping._looked": "The nearest of them chosen, ties by place.",
    "reach.snapping._looks": "How much looking from every edge would be, from the lengths of all edges: it says which way of snapping is taken.",
    "reach.snapping._nearest": "Points further from an edge than most, by a tree of samples.",
    "reach.snapping._project": "The exact distance of the one or two that are left.",
    "reach.snapping._rank": "An order of edges that does not depend on that of the file; once for a network.",
    "reach.snapping._squared_distance": "Distance from four million starting points to the edges that may be nearest. Edges look around themselves; asking a tree for six neighbours of every point took more than twice as long, all steps together.",
    "reach.snapping.edge_index": "The tree of samples; once for a network.",
    "reach.straight.circles": "One polygon of 64 corners for each facility (GEOS).",
    "reach.straight.cut_at": "Circles cut at the borders of units (GEOS); circles inside a unit are left alone.",
    "reach.straight.reach_polygons": "Circles of one distance merged, those that touch only, and cut at units (GEOS). What is in reach has to be counted once.",
    "reach.walkers._of_grid": "Four starting points a cell of 100 m; their coordinates.",
    "reach.walkers.walkers_of_rows": "Which of them are in which unit.",
}
