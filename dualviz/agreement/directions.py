"""What the direction α : β of the one-to-one head does to the agreement, over the whole α–β plane.

Ranks depend on the direction only (YOLOv10, section 3.1: m ↦ m^r keeps every order), so that every figure is constant
along rays: `fan` chooses rays, `sweep` measures on them, `paint` lays the result over the plane.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dualviz.agreement.gap import pick_targets
from dualviz.agreement.ranks import (
    TOP_K,
    candidate_ranks,
    check_alike,
    spearman_of_directions,
    within_top_k,
)
from dualviz.assignment import Mode, best_candidates, pairs_of, rules_of, soft_targets
from dualviz.matching import key_dtype, log_matching_metric, log_metric


@dataclass(frozen=True)
class Sweep:
    """Agreement for each direction (α, β) of the one-to-one head, the one-to-many head held fixed.

    Attributes:
        directions (Tensor[D, 2]): (α, β); only their ratio matters.
        spearman (Tensor[D, ..., G]): NaN where undefined.
        top_k_alignment (Tensor[D, ..., G, 3]): 0 or 1 for k = 1, 5, 10; NaN where the one-to-one head has no candidate.
            k = 1 is top-1 agreement.
        top1 (Tensor[D, ..., G]): int64 anchor the one-to-one head picks, −1 for none.
        gap (Tensor[D, ..., G]): supervision gap, eps = 0.
    """

    directions: Tensor
    spearman: Tensor
    top_k_alignment: Tensor
    top1: Tensor
    gap: Tensor


@torch.no_grad()
def sweep(
    scores_o2m: Tensor,
    overlaps_o2m: Tensor,
    scores_o2o: Tensor,
    overlaps_o2o: Tensor,
    prior: Tensor,
    directions: Tensor,
    alpha: float = 0.5,
    beta: float = 6.0,
    topk: int = 10,
    mode: Mode = "paper",
) -> Sweep:
    """Turn the one-to-one head's direction α : β and measure at each how far it agrees with the one-to-many head.

    "Shared predictions" are the one-to-many head's scores and overlaps given for both heads. Ranks depend on the
    direction only, so a whole α–β plane needs no more than its rays: see `fan` and `paint`.

    Args:
        scores_o2m, overlaps_o2m (Tensor[..., G, A]): p of each object's class and overlap u, one-to-many head, 0..1.
        scores_o2o, overlaps_o2o (Tensor[..., G, A]): the same of the one-to-one head.
        prior (Tensor[..., G, A]): bool, s.
        directions (Tensor[D, 2]): (α, β) of the one-to-one head, at least 0 and not both 0.
        alpha, beta: the one-to-many head's setting.
        topk: anchors the one-to-many head takes per object.
        mode: "paper": targets scale with u*, the object's largest overlap; "code": with the positives' largest.

    Returns:
        Sweep: float64.
    """
    tables = {
        "scores_o2m": scores_o2m,
        "overlaps_o2m": overlaps_o2m,
        "scores_o2o": scores_o2o,
        "overlaps_o2o": overlaps_o2o,
    }
    check_alike(**tables, prior=prior)
    if directions.ndim != 2 or directions.shape[1] != 2:
        raise ValueError(f"directions must be (D, 2) of (α, β), got {tuple(directions.shape)}")
    rules = rules_of(mode)
    lead, A = prior.shape[:-1], prior.shape[-1]
    R, D, device, dtype = math.prod(lead), len(directions), prior.device, key_dtype(prior.device)
    p_m, u_m, p_o, u_o = (t.reshape(R, A).to(dtype) for t in tables.values())
    inside = prior.reshape(R, A)
    directions = directions.to(device, dtype)

    metric = log_matching_metric(p_m, u_m, inside, alpha, beta)
    ranks, pairs = candidate_ranks(metric), pairs_of(inside, p_m, u_m, metric)
    positives, _ = best_candidates(pairs, topk)
    targets = torch.zeros_like(metric)
    targets[pairs.row[positives], pairs.cell[positives]] = soft_targets(pairs, positives, rules)

    candidates = log_matching_metric(p_o, u_o, inside) > -torch.inf  # whatever the exponents
    spearman = torch.full((D, R), torch.nan, dtype=dtype, device=device)
    aligned = torch.full((D, R, len(TOP_K)), torch.nan, dtype=dtype, device=device)
    top1 = torch.full((D, R), -1, dtype=torch.int64, device=device)
    gap = torch.zeros((D, R), dtype=dtype, device=device)
    for g in range(R):  # an object at a time: each has its own number of candidates
        gap[:, g] = targets[g, inside[g]].sum()
        anchor = candidates[g].nonzero().squeeze(1)
        if not anchor.numel():
            continue
        u, target = u_o[g, anchor], targets[g, anchor]
        keys = log_metric(p_o[g, anchor], u, *directions.split(1, dim=1))
        pick = keys.argmax(-1)
        top1[:, g] = anchor[pick]
        aligned[:, g] = within_top_k(ranks[g, anchor[pick]]).to(dtype)
        own = pick_targets(u, rules).expand(u.shape)
        gap[:, g] += (target[pick] - own[pick]).abs() - target[pick]
        both = ranks[g, anchor] > 0
        held, turned = metric[g, anchor[both]], keys if both.all() else keys[:, both]
        spearman[:, g] = spearman_of_directions(held, turned)
    return Sweep(
        directions=directions,
        spearman=spearman.reshape(D, *lead),
        top_k_alignment=aligned.reshape(D, *lead, len(TOP_K)),
        top1=top1.reshape(D, *lead),
        gap=gap.reshape(D, *lead),
    )


def fan(
    alphas: Tensor, betas: Tensor, count: int = 120, through: tuple[float, float] | None = None
) -> Tensor:
    """Directions that fan out evenly over an α–β plane as it is seen, from its lower right to its upper left corner.

    Args:
        alphas, betas (Tensor[X], Tensor[Y]): the plane's axes, positive.
        count: number of directions, at least 2.
        through: a setting whose ray must be among them exactly, such as the one-to-many head's.

    Returns:
        Tensor[D, 2]: (α, β), float64, D = count, or count + 1 with `through`.
    """
    wide, high = alphas.max().double(), betas.max().double()
    low = torch.atan2(betas.min() / high, alphas.max() / wide)
    steep = torch.atan2(betas.max() / high, alphas.min() / wide)
    angles = low + (steep - low) * torch.linspace(0, 1, count, dtype=torch.float64)
    directions = torch.stack((angles.cos() * wide, angles.sin() * high), -1)
    if through is None:
        return directions
    return torch.cat((directions, torch.tensor([through], dtype=torch.float64)))


def paint(values: Tensor, directions: Tensor, alphas: Tensor, betas: Tensor) -> Tensor:
    """Lay values known along rays over the α–β plane: each point takes the value of the nearest ray.

    Args:
        values (Tensor[D, ...]): one value (or a row of them) for each direction.
        directions (Tensor[D, 2]): (α, β), in any order, not empty.
        alphas, betas (Tensor[X], Tensor[Y]): the plane's axes, positive.

    Returns:
        Tensor[Y, X, ...]: β downwards, α rightwards; nearest by the angle as the plane is seen.

    >>> rays = torch.tensor([[1.0, 1.0], [1.0, 2.0]])
    >>> paint(torch.tensor([7, 8]), rays, torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0]))
    tensor([[8, 7],
            [8, 8]])
    """
    wide, high = alphas.max().double(), betas.max().double()
    alpha, beta = directions.double().unbind(-1)
    rays, order = torch.atan2(beta / high, alpha / wide).sort()
    point = torch.atan2(betas.double()[:, None] / high, alphas.double() / wide).contiguous()
    nearest = torch.searchsorted((rays[1:] + rays[:-1]) / 2, point)
    return values[order.to(values.device)[nearest.to(values.device)]]
