"""Batch normalisation over the whole batch, where each of several processes sees a share of it.

torch's SyncBatchNorm does so on GPUs and refuses the CPU; this one runs wherever processes can add tensors.
"""

import torch
from torch import Tensor, nn

from dualviz.detector import processes


class SharedNorm(nn.BatchNorm2d):
    """BatchNorm2d whose training statistics, and their gradients, are those of all processes' pictures together.

    Every process must bring as many pictures of the same size. Evaluation is BatchNorm2d's.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (B, C, H, W) by mean and variance of each channel over all processes."""
        if not self.training:
            return super().forward(x)
        spreads, means = processes.everyone(
            torch.stack(torch.var_mean(x, (0, 2, 3), correction=0))
        ).unbind(1)
        mean = means.mean(0)
        spread = (spreads + (means - mean).square()).mean(0)  # within the shares and between them
        number = processes.count() * x.numel() / x.shape[1]
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(spread * number / (number - 1), self.momentum)
        gain = self.weight * (spread + self.eps).rsqrt()
        return x * gain[:, None, None] + (self.bias - mean * gain)[:, None, None]


def share_norms(network: nn.Module) -> None:
    """Let every BatchNorm2d of a network be a SharedNorm: the same tensors by the same names."""
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SharedNorm
