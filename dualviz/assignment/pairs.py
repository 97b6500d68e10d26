"""Objects and the anchors inside them, as a list of pairs: a few per cent of the dense table, and all that matters of it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dualviz.matching import (
    Overlap,
    key_dtype,
    log_metric,
    pair_overlaps,
    spatial_prior,
    true_places,
)


@dataclass(frozen=True)
class Pairs:
    """The pairs (object, anchor inside it), P of them, by picture, object and anchor.

    Attributes:
        lead, objects, anchors: leading axes, G and A of the tables the pairs come from.
        row (Tensor[P]): int64, the object, counted on through all pictures; ascends.
        cell (Tensor[P]): int64, the anchor, counted on through all pictures.
        p, u, key (Tensor[P]): score, overlap and log m, float64.
    """

    lead: tuple[int, ...]
    objects: int
    anchors: int
    row: Tensor
    cell: Tensor
    p: Tensor
    u: Tensor
    key: Tensor

    @property
    def rows(self) -> int:
        """Objects of all pictures together."""
        return math.prod(self.lead) * self.objects

    @property
    def cells(self) -> int:
        """Anchors of all pictures together."""
        return math.prod(self.lead) * self.anchors

    def table(self, values: Tensor, empty: float) -> Tensor:
        """Lay values of the pairs, Tensor[P], over the dense table, Tensor[..., G, A], `empty` elsewhere."""
        dense = values.new_full((self.rows * self.anchors,), empty)
        dense[self.row * self.anchors + self.cell % max(self.anchors, 1)] = values
        return dense.reshape(*self.lead, self.objects, self.anchors)


def pairs_inside(
    anchor_points: Tensor, gt_boxes: Tensor, gt_labels: Tensor, least_side: float
) -> tuple[Tensor, Tensor]:
    """Which anchors lie inside which real object: `row` and `cell` of `Pairs`, each Tensor[P]; arguments as for `assign`."""
    padding = (gt_labels < 0).unsqueeze(-1)
    return rows_and_cells(
        spatial_prior(anchor_points, gt_boxes.masked_fill(padding, torch.nan), least_side)
    )


def rows_and_cells(prior: Tensor) -> tuple[Tensor, Tensor]:
    """Object and anchor of every pair of a prior, Tensor[..., G, A]: `row` and `cell` of `Pairs`, each Tensor[P]."""
    objects, anchors = prior.shape[-2:]
    place = true_places(prior)
    row = place.div(max(anchors, 1), rounding_mode="floor")
    picture = row.div(max(objects, 1), rounding_mode="floor")
    return row, place - (row - picture) * anchors


def pairs_of(prior: Tensor, p: Tensor, u: Tensor, key: Tensor) -> Pairs:
    """List the pairs of tables that are known already; each Tensor[..., G, A], `prior` bool."""
    *lead, objects, anchors = prior.shape
    row, cell = rows_and_cells(prior)
    place = row * anchors + cell % max(anchors, 1)
    p, u, key = (table.reshape(-1).gather(0, place) for table in (p, u, key))
    return Pairs(tuple(lead), objects, anchors, row, cell, p, u, key)


@torch.no_grad()
def pairs_with_metric(
    inside: tuple[Tensor, Tensor],
    scores: Tensor,
    boxes: Tensor,
    gt_boxes: Tensor,
    gt_labels: Tensor,
    exponents: tuple[float, float],
    overlap: Overlap,
) -> Pairs:
    """The pairs with what a head says of them: score, overlap and metric.

    Args:
        inside: of `rows_and_cells`.
        exponents: α and β.
        scores, boxes, gt_boxes, gt_labels, overlap: as for `assign`.
    """
    *lead, A, C = scores.shape
    (row, cell), dtype = inside, key_dtype(scores.device)
    label = gt_labels.reshape(-1).index_select(0, row)
    p = scores.reshape(-1).index_select(0, cell * C + label).to(dtype)
    both = gt_boxes.reshape(-1, 4).to(dtype), boxes.reshape(-1, 4).to(dtype)
    u = pair_overlaps(*both, (row, cell), overlap)
    return Pairs(tuple(lead), gt_boxes.shape[-2], A, row, cell, p, u, log_metric(p, u, *exponents))
