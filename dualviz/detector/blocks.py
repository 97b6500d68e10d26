"""The building blocks of YOLOv10's and YOLO26's trunks and heads: feature maps (B, C, H, W) in, feature maps out.

Module names follow the public checkpoints key for key (`conv`, `bn`, `cv1`, `m.0.cv1.2.conv1`, ...), so that official weights
load strictly. What makes YOLOv10 cheaper than YOLOv8 lives here: SCDown, the compact inverted block CIB and partial self-attention.
YOLO26 halves maps by plain convolutions, nests its bottlenecks (C3k2, C3k) and stacks the attention (C2PSA).
"""

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Network = TypeVar("Network", bound=nn.Module)


class Conv(nn.Module):
    """Convolution without bias, batch norm, SiLU: the unit that everything else is made of.

    Args:
        inputs, outputs (int): channels.
        kernel (int): odd size; the padding keeps the map's size at stride 1.
        stride, groups (int): as in `nn.Conv2d`.
        act (bool): False leaves the result linear.
    """

    def __init__(self, inputs: int, outputs: int, kernel=1, stride=1, groups=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False
        )
        # These two are not in a state dict: torch's default eps of 1e-5 would be silently wrong.
        self.bn: nn.Module = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)
        self.act = nn.SiLU() if act else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.bn(self.conv(x)))

    @torch.no_grad()
    def fuse(self) -> None:
        """Fold the batch norm's running statistics into the convolution, in place. For inference only."""
        if isinstance(self.bn, nn.BatchNorm2d):
            mean, variance = self.bn.running_mean, self.bn.running_var
            assert mean is not None and variance is not None  # this batch norm tracks them
            gain = self.bn.weight * (variance + self.bn.eps).rsqrt()
            self.conv.weight *= gain.view(-1, 1, 1, 1)
            self.conv.bias = nn.Parameter(self.bn.bias - mean * gain)
            self.bn = nn.Identity()


class Bottleneck(nn.Module):
    """Two 3 x 3 convolutions, by way of `hidden` channels (as many as outside where None), with an optional residual."""

    def __init__(self, channels: int, shortcut: bool, hidden: int | None = None):
        super().__init__()
        self.cv1 = Conv(channels, hidden or channels, 3)
        self.cv2 = Conv(hidden or channels, channels, 3)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y = self.cv2(self.cv1(x))
        return x + y if self.shortcut else y


class RepVGGDW(nn.Module):
    """A depthwise 7 x 7 with a parallel 3 x 3 that helps training; fusing merges them into one 7 x 7."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = Conv(channels, channels, 7, groups=channels, act=False)
        self.conv1: Conv | None = Conv(channels, channels, 3, groups=channels, act=False)
        self.act = nn.SiLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.conv(x) if self.conv1 is None else self.conv(x) + self.conv1(x))

    @torch.no_grad()
    def fuse(self) -> None:
        """Merge both branches into the 7 x 7, in place. For inference only."""
        if self.conv1 is not None:
            self.conv.fuse()
            self.conv1.fuse()
            large, small = self.conv.conv, self.conv1.conv
            assert large.bias is not None and small.bias is not None  # `Conv.fuse` made both
            large.weight += functional.pad(small.weight, (2, 2, 2, 2))
            large.bias += small.bias
            self.conv1 = None


class CIB(nn.Module):
    """Compact inverted block: depthwise, expand, depthwise, project, depthwise."""

    def __init__(self, channels: int, shortcut: bool, large_kernel: bool):
        super().__init__()
        hidden = 2 * channels
        self.cv1 = nn.Sequential(
            Conv(channels, channels, 3, groups=channels),
            Conv(channels, hidden),
            RepVGGDW(hidden) if large_kernel else Conv(hidden, hidden, 3, groups=hidden),
            Conv(hidden, channels),
            Conv(channels, channels, 3, groups=channels),
        )
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        return x + self.cv1(x) if self.shortcut else self.cv1(x)


class C2f(nn.Module):
    """Split the channels in two, run a chain of bottlenecks on one half, and join everything seen on the way.

    Args:
        inputs, outputs (int): channels.
        repeats (int): bottlenecks in the chain.
        shortcut (bool): whether they are residual.
        share (float): channels of a half, as a share of the outputs.
    """

    def __init__(self, inputs: int, outputs: int, repeats: int, shortcut: bool, share=0.5):
        super().__init__()
        half = int(outputs * share)
        self.cv1 = Conv(inputs, 2 * half)
        self.cv2 = Conv((2 + repeats) * half, outputs)
        self.m = nn.ModuleList(self.inner(half, shortcut) for _ in range(repeats))

    def inner(self, channels: int, shortcut: bool) -> nn.Module:
        return Bottleneck(channels, shortcut)

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self.cv1(x).chunk(2, dim=1))
        for block in self.m:
            parts.append(block(parts[-1]))
        return self.cv2(torch.cat(parts, dim=1))


class C2fCIB(C2f):
    """C2f whose chain is made of compact inverted blocks, always residual."""

    def __init__(self, inputs: int, outputs: int, repeats: int, large_kernel: bool):
        self.large_kernel = large_kernel
        super().__init__(inputs, outputs, repeats, shortcut=True)

    def inner(self, channels: int, shortcut: bool) -> nn.Module:
        return CIB(channels, shortcut, self.large_kernel)


class C3k(nn.Module):
    """Two halves side by side, two bottlenecks on one of them, joined pointwise."""

    def __init__(self, channels: int):
        super().__init__()
        half = channels // 2
        self.cv1 = Conv(channels, half)
        self.cv2 = Conv(channels, half)
        self.cv3 = Conv(2 * half, channels)
        self.m = nn.Sequential(*(Bottleneck(half, shortcut=True) for _ in range(2)))

    def forward(self, x: Tensor) -> Tensor:
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), dim=1))


class C3k2(C2f):
    """C2f whose chain is made of one of three things, always residual.

    Args:
        inputs, outputs, repeats, share: as in `C2f`.
        kind (str): "C3k", "bottleneck" (of half the width inside), or "attention" (such a bottleneck, then a PSABlock).
    """

    def __init__(self, inputs: int, outputs: int, repeats: int, kind: str, share=0.5):
        self.kind = kind
        super().__init__(inputs, outputs, repeats, shortcut=True, share=share)

    def inner(self, channels: int, shortcut: bool) -> nn.Module:
        if self.kind == "C3k":
            return C3k(channels)
        bottleneck = Bottleneck(channels, shortcut, hidden=channels // 2)
        if self.kind == "attention":
            return nn.Sequential(bottleneck, PSABlock(channels))
        return bottleneck


class SCDown(nn.Module):
    """Halve the map: first change the channels pointwise, then the size depthwise (and linearly)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.cv1 = Conv(inputs, outputs)
        self.cv2 = Conv(outputs, outputs, 3, stride=2, groups=outputs, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.cv2(self.cv1(x))


class SPPF(nn.Module):
    """See each cell at four scales: the map beside three chained 5 x 5 maxima of it.

    Args:
        channels (int): in and out.
        act (bool): False for YOLO26, and for YOLOv10 weights trained by the ultralytics releases 8.4.0 to 8.4.140, which left
            out this SiLU.
        shortcut (bool): add the input, as YOLO26 does.
    """

    def __init__(self, channels: int, act: bool = True, shortcut: bool = False):
        super().__init__()
        self.shortcut = shortcut
        self.cv1 = Conv(channels, channels // 2, act=act)
        self.cv2 = Conv(channels * 2, channels)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.cv1(x)]
        for _ in range(3):
            parts.append(functional.max_pool2d(parts[-1], 5, stride=1, padding=2))
        y = self.cv2(torch.cat(parts, dim=1))
        return x + y if self.shortcut else y


class Attention(nn.Module):
    """Multi-head self-attention over all cells, with a depthwise convolution of the values as position encoding."""

    def __init__(self, channels: int):
        super().__init__()
        self.heads = max(channels // 64, 1)
        self.head_width = channels // self.heads
        self.key_width = self.head_width // 2
        self.qkv = Conv(channels, channels + 2 * self.key_width * self.heads, act=False)
        self.proj = Conv(channels, channels, act=False)
        self.pe = Conv(channels, channels, 3, groups=channels, act=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        split = (self.key_width, self.key_width, self.head_width)
        qkv = self.qkv(x).reshape(batch, self.heads, sum(split), height * width)
        q, k, v = qkv.split(split, dim=2)
        weights = (q.transpose(2, 3) @ k * self.key_width**-0.5).softmax(dim=-1)
        seen = (v @ weights.transpose(2, 3)).reshape(batch, channels, height, width)
        return self.proj(seen + self.pe(v.reshape(batch, channels, height, width)))


class PSA(nn.Module):
    """Partial self-attention: only half of the channels pay for attention and its feed-forward."""

    def __init__(self, channels: int):
        super().__init__()
        half = channels // 2
        self.cv1 = Conv(channels, 2 * half)
        self.cv2 = Conv(2 * half, channels)
        self.attn = Attention(half)
        self.ffn = nn.Sequential(Conv(half, 2 * half), Conv(2 * half, half, act=False))

    def forward(self, x: Tensor) -> Tensor:
        kept, attending = self.cv1(x).chunk(2, dim=1)
        attending = attending + self.attn(attending)
        attending = attending + self.ffn(attending)
        return self.cv2(torch.cat((kept, attending), dim=1))


class PSABlock(nn.Module):
    """Attention and its feed-forward, both residual."""

    def __init__(self, channels: int):
        super().__init__()
        self.attn = Attention(channels)
        self.ffn = nn.Sequential(
            Conv(channels, 2 * channels), Conv(2 * channels, channels, act=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(x)
        return x + self.ffn(x)


class C2PSA(nn.Module):
    """PSA with a chain of attention blocks on its half."""

    def __init__(self, channels: int, repeats: int):
        super().__init__()
        half = channels // 2
        self.cv1 = Conv(channels, 2 * half)
        self.cv2 = Conv(2 * half, channels)
        self.m = nn.Sequential(*(PSABlock(half) for _ in range(repeats)))

    def forward(self, x: Tensor) -> Tensor:
        kept, attending = self.cv1(x).chunk(2, dim=1)
        return self.cv2(torch.cat((kept, self.m(attending)), dim=1))


class DFL(nn.Module):
    """The mean of a discrete distribution over 0 ... reg_max - 1: how a box side is read off its logits."""

    def __init__(self, reg_max: int):
        super().__init__()
        self.conv = nn.Conv2d(reg_max, 1, 1, bias=False).requires_grad_(False)
        self.conv.weight.data.copy_(
            torch.tensor(range(reg_max), dtype=torch.float32).view(1, reg_max, 1, 1)
        )

    def forward(self, distances: Tensor) -> Tensor:
        """Args: Tensor[..., 4 * reg_max], side by side left, top, right, bottom. Returns: Tensor[..., 4] >= 0, in strides."""
        bins = self.conv.weight.flatten()
        return (distances.unflatten(-1, (4, len(bins))).softmax(dim=-1) * bins).sum(dim=-1)


def fused(network: Network) -> Network:
    """A copy for inference: batch norms folded, parallel branches merged, laid out for speed; `network` is left as it is."""
    network = copy.deepcopy(network).eval()
    for kind in (RepVGGDW, Conv):
        for module in [m for m in network.modules() if isinstance(m, kind)]:
            module.fuse()
            if isinstance(module.act, nn.SiLU):
                module.act.inplace = True
    network.requires_grad_(False)
    # measured on a CPU, with the activations in place: a sixth less time; torch's stubs lack the argument
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
