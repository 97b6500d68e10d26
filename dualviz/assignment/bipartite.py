"""Hungarian matching, to compare with."""

import torch
from torch import Tensor


def hungarian(log_metric: Tensor) -> Tensor:
    """One anchor per object such that the sum of metrics is largest (Kuhn 1955), as DETR matches.

    Unlike top-1 it settles conflicts by itself, and unlike top-1 it is not invariant under m → m^r.

    Args:
        log_metric (Tensor[G, A]): log m, −inf where an anchor is no candidate of the object.

    Returns:
        Tensor[G]: int64 anchor of each object, −1 for one that stays without.

    >>> hungarian(torch.tensor([[0.9, 0.8], [0.7, 0.1]]).log())
    tensor([1, 0])
    """
    from scipy.optimize import linear_sum_assignment  # slow to import, and only this needs it

    if log_metric.ndim != 2:
        raise ValueError(f"log_metric must be (G, A), got {tuple(log_metric.shape)}")
    left = log_metric.detach().cpu().double().clone()
    result = torch.full((left.shape[0],), -1, dtype=torch.int64)
    # Each round scales by the best metric left, so that an object is not lost because its metrics are
    # 1e-300 of another's; one round is the rule.
    while left.numel() and left.max() > -torch.inf:
        columns = (left > -torch.inf).any(0).nonzero().squeeze(1)
        value = (left[:, columns] - left.max()).exp().numpy()
        objects, picks = linear_sum_assignment(value, maximize=True)
        won = value[objects, picks] > 0
        objects = torch.from_numpy(objects[won])
        anchors = columns[torch.from_numpy(picks[won])]
        result[objects] = anchors
        left[objects] = -torch.inf
        left[:, anchors] = -torch.inf
    return result.to(log_metric.device)
