"""Greedy suppression itself: who overlaps whom, and which of them stays.

Only rows that can overlap are compared, so that thousands of candidates are settled in milliseconds.
"""

import math

import numpy as np

FIRST_BLOCK, LARGEST_BLOCK = 128, 1024  # rows that NMS settles at a time, doubling


def suppressed(
    boxes: np.ndarray, groups: np.ndarray, iou: float, limit: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Greedy NMS over rows best first: kept (N,), suppressed_by (N,), overlap (N,).

    In blocks: what is kept strikes the block, then the rest of the block strikes itself. Blocks grow, because most of
    a later block falls to what is kept already.
    """
    N = len(boxes)
    by, overlap = [-1] * N, [math.nan] * N
    kept = np.empty(0, dtype=np.int64)

    def strike(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        pairs = near_pairs(boxes, groups, first, second, iou)
        for i, j, u in zip(*(column.tolist() for column in pairs)):
            if by[i] < 0 and by[j] < 0:  # i is settled: pairs come in the order of i
                by[j], overlap[j] = i, u
        return np.array([row for row in second.tolist() if by[row] < 0], dtype=np.int64)

    start, size = 0, FIRST_BLOCK
    while start < N:
        rows = strike(kept, np.arange(start, min(start + size, N)))
        if len(kept) < limit:
            kept = np.concatenate((kept, strike(rows, rows)))
        start, size = start + size, min(2 * size, LARGEST_BLOCK)

    keeps = np.zeros(N, dtype=bool)
    keeps[kept[:limit]] = True
    causes, overlaps = np.array(by, dtype=np.int64), np.array(overlap, dtype=np.float64)
    # A row past the limit suppresses nobody; what fell to it fell to no better one, and is dropped as well.
    undone = (causes >= 0) & ~keeps[causes]
    causes[undone], overlaps[undone] = -1, math.nan
    return keeps, causes, overlaps


def near_pairs(
    boxes: np.ndarray, groups: np.ndarray, first: np.ndarray, second: np.ndarray, iou: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows i of `first` and j > i of `second` of one group with IoU > iou: i, j and IoU, in the order of i, then j.

    IoU > t needs an intersection of more than t of the larger box, so each of its sides is more than t of the longer
    side, and the left (upper) one of two corners is nearer to the other than (1 − t) of its own box's side. `first` is
    sorted by group, strip of y, and x; every box of `second` looks only into its window there.
    """
    first, second = (rows[_has_area(boxes[rows])] for rows in (first, second))
    n = len(first)
    if not n or not len(second):
        return first[:0], second[:0], np.empty(0)
    x, y, right, bottom = boxes[first].T
    corner, side = boxes[second, :2], boxes[second, 2:] - boxes[second, :2]
    longest = np.array([(right - x).max(), (bottom - y).max()])
    slack = 1 - iou + 1e-9
    start = corner - slack * np.minimum(side / max(iou, 1e-9), longest)
    stop = corner + slack * side

    by_x = np.argsort(x)
    place = np.empty(n, dtype=np.int64)
    place[by_x] = np.arange(n)
    window = (
        np.searchsorted(x[by_x], start[:, 0], side="left"),
        np.searchsorted(x[by_x], stop[:, 0], side="right"),
    )
    top, height = y.min(), max(slack * side[:, 1].mean(), np.ptp(y) / n, 1e-9)
    strip = ((y - top) // height).astype(np.int64)
    strips = strip.max() + 1
    upper = np.clip((start[:, 1] - top) // height, 0, strips).astype(np.int64)
    lower = np.clip((stop[:, 1] - top) // height, -1, strips - 1).astype(np.int64)

    key = (groups[first] * strips + strip) * n + place
    by_key = np.argsort(key)
    looker, strip = _runs(upper, lower + 1)
    base = (groups[second[looker]] * strips + strip) * n
    spans = (np.searchsorted(key[by_key], base + edge[looker]) for edge in window)
    owner, spot = _runs(*spans)
    i, j = first[by_key[spot]], second[looker[owner]]
    i, j = i[i < j], j[i < j]

    (x1, y1, x2, y2), (u1, v1, u2, v2) = boxes[i].T, boxes[j].T
    shared = np.maximum(np.minimum(x2, u2) - np.maximum(x1, u1), 0) * np.maximum(
        np.minimum(y2, v2) - np.maximum(y1, v1), 0
    )
    overlap = shared / ((x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - shared)
    over = np.flatnonzero(overlap > iou)
    over = over[np.lexsort((j[over], i[over]))]
    return i[over], j[over], overlap[over]


def _has_area(boxes: np.ndarray) -> np.ndarray:
    """A box without an area, or without an end, overlaps nothing: bool (N,)."""
    x1, y1, x2, y2 = boxes.T
    return (x1 < x2) & (y1 < y2) & np.isfinite((x2 - x1) * (y2 - y1))


def _runs(start: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All numbers of the ranges start..stop−1 one after another, each with its range's index before it."""
    count = np.maximum(stop - start, 0)
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) + np.repeat(start - (np.cumsum(count) - count), count)
