"""The supervision gap: how differently two heads are taught about an object, and the least and most it could be.

In go soft targets before conflicts; a one-to-one pick is the only positive of its object, so that its target needs no
more than overlaps.
"""

import torch
from torch import Tensor

from dualviz.agreement.ranks import check_alike
from dualviz.assignment import Mode, Rules, rules_of


def supervision_gap(target_o2m: Tensor, target_o2o: Tensor) -> Tensor:
    """Distance of the two heads' classification targets of each object: A = Σ |t_o2m − t_o2o| (eq. 2).

    Args:
        target_o2m (Tensor[..., A]): an object's own soft targets before conflicts, 0..1.
        target_o2o (Tensor[..., A]): the same of the one-to-one head.

    Returns:
        Tensor[...]: at least 0; not divided by anything.

    >>> supervision_gap(torch.tensor([0.75, 0.5, 0.0]), torch.tensor([0.0, 0.75, 0.0]))
    tensor(1.)
    """
    check_alike(target_o2m=target_o2m, target_o2o=target_o2o)
    return (target_o2m - target_o2o).abs().sum(-1)


def gap_bounds(
    target_o2m: Tensor, overlaps: Tensor, candidates: Tensor | None = None, mode: Mode = "paper"
) -> tuple[Tensor, Tensor]:
    """Least and greatest supervision gap over every pick i that the one-to-one head could have made.

    A pick i is taught t_i' (u* in the paper, its own overlap in code), so its gap is Σ t − t_i + |t_i − t_i'|. In the
    paper's analysis that is u* + Σ t − 2·t_i: the floor, at the one-to-many head's own first choice, is the sum of the
    OTHER targets; the ceiling is u* + Σ t as soon as one candidate lies outside the positives, and u* + Σ t − 2·min t
    where the positives are all there is. An object without candidate has no pick: floor and ceiling are Σ t, the gap
    to an empty target.

    Args:
        target_o2m (Tensor[..., A]): an object's one-to-many soft targets before conflicts (eps = 0), 0..1.
        overlaps (Tensor[..., A]): overlap u of the one-to-one head's boxes with the object, 0..1.
        candidates (Tensor[..., A]): bool, where the one-to-one head's metric is above 0; None: where u is.
        mode: "paper": every pick is taught u*, the largest overlap over the candidates; "code": its own overlap, so
            that the least gap need not be at rank 1.

    Returns:
        floor, ceiling (Tensor[...]).

    >>> gap_bounds(torch.tensor([0.75, 0.5, 0.0]), torch.tensor([0.75, 0.625, 0.25]))
    (tensor(0.5000), tensor(2.))
    """
    rules = rules_of(mode)
    if candidates is None:
        candidates = overlaps > 0
    check_alike(target_o2m=target_o2m, overlaps=overlaps, candidates=candidates)
    total = target_o2m.sum(-1)
    if not target_o2m.shape[-1]:
        return total, total.clone()
    own = pick_targets(overlaps.masked_fill(~candidates, 0), rules)
    gap = total.unsqueeze(-1) - target_o2m + (target_o2m - own).abs()
    floor = gap.masked_fill(~candidates, torch.inf).amin(-1)
    ceiling = gap.masked_fill(~candidates, -torch.inf).amax(-1)
    some = candidates.any(-1)
    return floor.where(some, total), ceiling.where(some, total)


def pick_targets(overlaps: Tensor, rules: Rules) -> Tensor:
    """Soft target of each candidate if it were the one-to-one pick: as the only positive it has the largest m.

    Args:
        overlaps (Tensor[..., A]): overlap u of the one-to-one head's candidates, 0 elsewhere.
        rules: whether targets scale with the largest overlap over candidates (u*, one for all) or positives (its own).

    Returns:
        Tensor[..., A] of each candidate's own, or Tensor[..., 1] of u*.
    """
    return overlaps if rules.best_overlap == "positives" else overlaps.amax(-1, keepdim=True)
