"""Parts of an area: candidates that share no group of people, and pieces of those that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


def pieces(group: Ints, candidate: Ints, shape: tuple[int, int], most: int) -> Ints:
    """Divide candidates into parts: those that share no group, large ones cut into pieces.

    Parameters
    ----------
    group, candidate
        Pairs of group and candidate, int64, shape (n_pairs,).
    shape
        Number of groups and of candidates.
    most
        Most candidates of a piece.

    Returns
    -------
    array of int64, shape (n_candidates,)
        Part of each candidate, from 0. A part of more than ``most`` is cut along an order in which
        neighbours are near each other (reverse Cuthill and McKee), so that few groups lie between
        its pieces.

    References
    ----------
    George, A. (1971), Computer implementation of the finite element method. Stanford University.

    Examples
    --------
    Candidates 0 and 2 share a group:

    >>> pieces(np.array([0, 0, 1]), np.array([0, 2, 1]), (2, 3), 10).tolist()
    [0, 1, 0]
    """
    n, total = shape[1], shape[0] + shape[1]
    half = csr_array((np.ones(len(group)), (candidate, n + group)), shape=(total, total))
    graph = csr_array(half + half.T)
    _, label = connected_components(graph, directed=False)
    order = np.asarray(reverse_cuthill_mckee(csr_matrix(graph), symmetric_mode=True))
    order = order[order < n]
    order = order[np.argsort(label[order], kind="stable")]
    own = label[order].astype(np.int64)
    first = np.r_[True, own[1:] != own[:-1]] if len(own) else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(own)), 0))
    piece = (np.arange(len(own)) - start) // most
    part = np.empty(n, dtype=np.int64)
    part[order] = np.unique(own * (n + 1) + piece, return_inverse=True)[1].ravel()
    return part


def part_of_groups(group: Ints, part: Ints, n_groups: int) -> Ints:
    """Give the part of every group.

    Parameters
    ----------
    group
        Of every pair, int64, shape (n_pairs,).
    part
        Part of the candidate of every pair, shape (n_pairs,).
    n_groups
        Number of groups.

    Returns
    -------
    array of int64, shape (n_groups,)
        −1 for a group whose candidates are in several parts, or that has none.

    Examples
    --------
    >>> part_of_groups(np.array([0, 0, 1, 1]), np.array([2, 2, 0, 1]), 3).tolist()
    [2, -1, -1]
    """
    low = np.full(n_groups, np.iinfo(np.int64).max)
    high = np.full(n_groups, -1, dtype=np.int64)
    np.minimum.at(low, group, part)
    np.maximum.at(high, group, part)
    return np.where(low == high, high, -1)
