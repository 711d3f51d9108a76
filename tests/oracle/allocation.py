"""Slow oracles of capacity-limited coverage: linear programs over single rows, points on a lattice.

Nothing of the library is used: no groups, no flows, no faces.
"""

from collections import defaultdict

import numpy as np
from scipy.optimize import linprog


def _flows(demand, reach, capacity, n_rows):
    """Variables y[row, facility], with their two kinds of limit as rows of a dense matrix."""
    keys = [(i, f) for i in range(n_rows) for f in sorted(reach[i])]
    limit = np.zeros((n_rows + len(capacity), len(keys)))
    for k, (i, f) in enumerate(keys):
        limit[i, k] = 1
        limit[n_rows + f, k] = 1
    return keys, limit, np.concatenate([demand, capacity])


def most_served(demand, reach, capacity):
    """Largest total that can be served: a linear program with a variable per row and facility."""
    n = len(demand)
    keys, limit, most = _flows(demand, reach, capacity, n)
    if not keys:
        return 0.0
    found = linprog(-np.ones(len(keys)), A_ub=limit, b_ub=most, method="highs")
    assert found.status == 0
    return -found.fun


def fairest(demand, reach, capacity):
    """Chances of each row, the lowest as high as can be, then the next: one program after another.

    Among ways to serve the most. ``demand`` is over zero. In each round the least chance of the rows
    not yet settled is made as large as possible; a row is settled if it cannot have more than that
    while the others have at least that.
    """
    n = len(demand)
    keys, limit, most = _flows(demand, reach, capacity, n)
    chance = np.full(n, np.nan)
    for i in range(n):
        if not reach[i]:
            chance[i] = 0.0
    got = np.zeros((n, len(keys)))
    for k, (i, _) in enumerate(keys):
        got[i, k] = 1
    while np.isnan(chance).any():
        open_ = np.isnan(chance)
        # variables: flows and t; got_i >= t d_i where open, got_i = chance_i d_i where settled
        settled = np.flatnonzero(~open_)
        upper = np.vstack(
            [np.hstack([limit, np.zeros((len(limit), 1))])]
            + [np.hstack([-got[i], [demand[i]]])[None] for i in np.flatnonzero(open_)]
        )
        b = np.concatenate([most, np.zeros(open_.sum())])
        same = np.hstack([got[settled], np.zeros((len(settled), 1))])
        fixed = chance[settled] * demand[settled]
        aim = np.zeros(len(keys) + 1)
        aim[-1] = -1
        found = linprog(
            aim,
            A_ub=upper,
            b_ub=b,
            A_eq=same if len(settled) else None,
            b_eq=fixed if len(settled) else None,
            bounds=[(0, None)] * len(keys) + [(0, 1)],
            method="highs",
        )
        assert found.status == 0
        t = -found.fun
        done = []
        for i in np.flatnonzero(open_):
            more = linprog(
                -got[i],
                A_ub=np.vstack([limit, -got[open_]]),
                b_ub=np.concatenate([most, -(t - 1e-9) * demand[open_]]),
                A_eq=got[settled] if len(settled) else None,
                b_eq=fixed if len(settled) else None,
                method="highs",
            )
            if more.status == 0 and -more.fun <= (t + 1e-6) * demand[i]:
                done.append(i)
        assert done
        chance[done] = t
    return chance


def lattice_sets(cells, cell_size, inside, facilities, radius, n):
    """Share of each cell in each set of facilities, by n × n points in the cell.

    ``cells`` is a list of lower left corners; ``inside(x, y)`` says which points count.
    Returns, for each cell, {frozenset of facilities: share of its counted points}.
    """
    step = (np.arange(n) + 0.5) / n * cell_size
    found = []
    for x0, y0 in cells:
        x, y = (a.ravel() for a in np.meshgrid(x0 + step, y0 + step))
        counted = inside(x, y)
        near = [(x - fx) ** 2 + (y - fy) ** 2 <= radius**2 for fx, fy in facilities]
        parts = defaultdict(float)
        for k in np.flatnonzero(counted):
            parts[frozenset(f for f, hit in enumerate(near) if hit[k])] += 1 / counted.sum()
        found.append(dict(parts))
    return found
