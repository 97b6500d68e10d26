"""YOLOv10 and YOLO26 at every scale, and our own small `pico` and `micro`: one network code driven by a table.

A picture batch goes in; both heads' boxes and scores come out at once. The one-to-one head reads detached features in
training, so it never trains the trunk: two heads, one backbone, the dual label assignment of the paper (section 3.1). For
the same reason any number of further one-to-one heads, `OneToOne`, can learn from one trunk and leave it as it is.
"""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from dualviz.boxes import anchor_grid
from dualviz.detector.blocks import (
    C2PSA,
    DFL,
    PSA,
    SPPF,
    C2f,
    C2fCIB,
    C3k2,
    Conv,
    SCDown,
    fused,
)

STRIDES = (8, 16, 32)
HEADS = ("one2many", "one2one")
JOINS = {12: 6, 15: 4, 18: 13, 21: 10}  # layer -> the earlier layer whose output it appends
OUTLETS = (16, 19, 22)  # the layers that feed the heads: P3, P4, P5
HEAD = 23
YOLOV10, YOLO26 = "YOLOv10", "YOLO26"


@dataclass(frozen=True)
class Scale:
    """One row of the family table.

    Attributes:
        name: `n`, `s`, ..., as in YOLOv10-N; `yolo26n`, ... of the younger family.
        depth, width: factors on the repeats and on the channels of the base network.
        max_channels: channels are cut here before the width factor.
        cib_layers: layers that are C2fCIB instead of C2f (YOLOv10).
        large_kernel: whether CIBs carry the re-parametrised 7 x 7.
        box_width: the least hidden width of a box branch.
        reg_max: bins per box side; 1 where the head gives the side itself, without DFL.
        family: YOLOV10 or YOLO26: which blocks the trunk is made of.
        c3k_layers: layers whose C3k2 nests C3k instead of bottlenecks (YOLO26).
    """

    name: str
    depth: float
    width: float
    max_channels: int
    cib_layers: tuple[int, ...] = ()
    large_kernel: bool = False
    box_width: int = 64
    reg_max: int = 16
    family: str = YOLOV10
    c3k_layers: tuple[int, ...] = ()

    def channels(self, base: int) -> int:
        """Channels at this scale, a multiple of 8.

        >>> [SCALES["m"].channels(c) for c in (64, 128, 256, 512, 1024)]
        [48, 96, 192, 384, 576]
        """
        return math.ceil(min(base, self.max_channels) * self.width / 8) * 8

    def repeats(self, base: int) -> int:
        """Blocks in a C2f at this scale, at least one."""
        return max(round(base * self.depth), 1)


def _yolo26(letter: str, depth: float, width: float, max_channels: int, nested=()) -> Scale:
    nested = (*nested, 6, 8, 13, 16, 19)
    row = Scale(f"yolo26{letter}", depth, width, max_channels, box_width=4, reg_max=1)
    return replace(row, family=YOLO26, c3k_layers=nested)


SCALES: dict[str, Scale] = {
    scale.name: scale
    for scale in (
        Scale("pico", 0.33, 0.125, 1024, (22,), large_kernel=True, box_width=32),
        Scale("micro", 0.33, 0.1875, 1024, (22,), large_kernel=True, box_width=32),
        Scale("n", 0.33, 0.25, 1024, (22,), large_kernel=True),
        Scale("s", 0.33, 0.50, 1024, (8, 22), large_kernel=True),
        Scale("m", 0.67, 0.75, 768, (8, 19, 22)),
        Scale("b", 0.67, 1.00, 512, (8, 13, 19, 22)),
        Scale("l", 1.00, 1.00, 512, (8, 13, 19, 22)),
        Scale("x", 1.00, 1.25, 512, (6, 8, 13, 19, 22)),
        _yolo26("n", 0.50, 0.25, 1024),
        _yolo26("s", 0.50, 0.50, 1024),
        _yolo26("m", 0.50, 1.00, 512, nested=(2, 4)),
        _yolo26("l", 1.00, 1.00, 512, nested=(2, 4)),
        _yolo26("x", 1.00, 1.50, 512, nested=(2, 4)),
    )
}


class DualHead(nn.Module):
    """Two twin heads over the same three maps; each has a box branch (`cv2`) and a class branch (`cv3`)."""

    def __init__(self, scale: Scale, num_classes: int, channels: tuple[int, ...]):
        super().__init__()
        box_width = max(16, channels[0] // 4, scale.box_width)
        class_width = max(channels[0], min(num_classes, 100))
        self.cv2 = nn.ModuleList(
            nn.Sequential(
                Conv(c, box_width, 3),
                Conv(box_width, box_width, 3),
                nn.Conv2d(box_width, 4 * scale.reg_max, 1),
            )
            for c in channels
        )
        self.cv3 = nn.ModuleList(
            nn.Sequential(
                nn.Sequential(Conv(c, c, 3, groups=c), Conv(c, class_width)),
                nn.Sequential(
                    Conv(class_width, class_width, 3, groups=class_width),
                    Conv(class_width, class_width),
                ),
                nn.Conv2d(class_width, num_classes, 1),
            )
            for c in channels
        )
        self.dfl = DFL(scale.reg_max) if scale.reg_max > 1 else None
        for boxes, classes, stride in zip(self.cv2, self.cv3, STRIDES, strict=True):
            # About five objects in a 640-pixel picture: without this the background drowns the first steps.
            nn.init.constant_(_last_bias(boxes), 1.0)
            nn.init.constant_(_last_bias(classes), math.log(5 / num_classes / (640 / stride) ** 2))
        self.one2one_cv2 = copy.deepcopy(self.cv2)
        self.one2one_cv3 = copy.deepcopy(self.cv3)

    def forward(self, maps: list[Tensor], head: str) -> tuple[Tensor, Tensor]:
        """Raw outputs of one head over all anchors: distances (B, A, 4 * reg_max) and class logits (B, A, C)."""
        prefix = "one2one_" if head == "one2one" else ""
        return _read(maps, getattr(self, prefix + "cv2"), getattr(self, prefix + "cv3"))

    def sides(self, distances: Tensor) -> Tensor:
        """Box sides l, t, r, b (B, A, 4) in strides from raw distances: the means of their bins, or without bins as they are."""
        return distances if self.dfl is None else self.dfl(distances)

    def one2one(self) -> "OneToOne":
        """The one-to-one head alone, as it is here: the same modules, not a copy."""
        return OneToOne(self.one2one_cv2, self.one2one_cv3)


class OneToOne(nn.Module):
    """A one-to-one head by itself: a box branch (`cv2`) and a class branch (`cv3`) for each of the three maps."""

    def __init__(self, cv2: nn.ModuleList, cv3: nn.ModuleList):
        super().__init__()
        self.cv2, self.cv3 = cv2, cv3

    def forward(self, maps: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Raw outputs over all anchors, as of `DualHead`."""
        return _read(maps, self.cv2, self.cv3)


def _read(
    maps: list[Tensor], boxes: nn.ModuleList, classes: nn.ModuleList
) -> tuple[Tensor, Tensor]:
    """What both branches say of three maps, all anchors in a row: (B, A, 4 * reg_max) and (B, A, C)."""

    def rows(kind: nn.ModuleList) -> Tensor:
        parts = [branch(x).flatten(2).transpose(1, 2) for branch, x in zip(kind, maps, strict=True)]
        return torch.cat(parts, dim=1)

    return rows(boxes), rows(classes)


def _last_bias(branch: nn.Module) -> Tensor:
    """The bias of the convolution that ends a branch: (4 * reg_max,) or (C,)."""
    last = cast(nn.Sequential, branch)[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    return last.bias


class DualDetector(nn.Module):
    """The whole network: trunk, neck and both heads.

    Args:
        scale (str | Scale): a name in `SCALES`, or a row of one's own.
        num_classes (int): C, at least 1.
        heads: which heads run; both unless an ablation leaves one at its first weights.
        detach_one2one (bool): cut the one-to-one head's gradient to the trunk in training, as the paper does. Without a
            one-to-many head nothing is cut: something has to train the trunk.
        sppf_activation (bool): see `blocks.SPPF`; None: as the family has it.
    """

    strides = STRIDES

    def __init__(
        self,
        scale: str | Scale,
        num_classes: int,
        heads: tuple[str, ...] = HEADS,
        detach_one2one: bool = True,
        sppf_activation: bool | None = None,
    ):
        super().__init__()
        if isinstance(scale, str) and scale not in SCALES:
            raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale!r}")
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, got {num_classes}")
        heads = tuple(heads)
        if not heads or not set(heads) <= set(HEADS):
            raise ValueError(f"heads must be some of {HEADS}, got {heads}")
        self.scale = SCALES[scale] if isinstance(scale, str) else scale
        self.num_classes = num_classes
        self.heads = heads
        self.detach_one2one = detach_one2one
        young = self.scale.family == YOLO26
        act = not young if sppf_activation is None else sppf_activation
        trunk = self._yolo26_trunk(act) if young else self._yolov10_trunk(act)
        maps = tuple(self.scale.channels(base) for base in (256, 512, 1024))
        self.model = nn.ModuleList([*trunk, DualHead(self.scale, num_classes, maps)])

    def _yolov10_trunk(self, sppf_activation: bool) -> list[nn.Module]:
        c1, c2, c3, c4, c5 = (self.scale.channels(base) for base in (64, 128, 256, 512, 1024))
        return [
            Conv(3, c1, 3, stride=2),
            Conv(c1, c2, 3, stride=2),
            self._stage(2, c2, c2, 3, shortcut=True),
            Conv(c2, c3, 3, stride=2),
            self._stage(4, c3, c3, 6, shortcut=True),
            SCDown(c3, c4),
            self._stage(6, c4, c4, 6, shortcut=True),
            SCDown(c4, c5),
            self._stage(8, c5, c5, 3, shortcut=True),
            SPPF(c5, sppf_activation),
            PSA(c5),
            nn.Upsample(scale_factor=2.0),
            nn.Identity(),  # a join, like every Identity here
            self._stage(13, c5 + c4, c4, 3),
            nn.Upsample(scale_factor=2.0),
            nn.Identity(),
            self._stage(16, c4 + c3, c3, 3),
            Conv(c3, c3, 3, stride=2),
            nn.Identity(),
            self._stage(19, c3 + c4, c4, 3),
            SCDown(c4, c4),
            nn.Identity(),
            self._stage(22, c4 + c5, c5, 3),
        ]

    def _yolo26_trunk(self, sppf_activation: bool) -> list[nn.Module]:
        c1, c2, c3, c4, c5 = (self.scale.channels(base) for base in (64, 128, 256, 512, 1024))

        def stage(layer: int, inputs: int, outputs: int, share: float = 0.5) -> C3k2:
            kind = "C3k" if layer in self.scale.c3k_layers else "bottleneck"
            return C3k2(inputs, outputs, self.scale.repeats(2), kind, share)

        return [
            Conv(3, c1, 3, stride=2),
            Conv(c1, c2, 3, stride=2),
            stage(2, c2, c3, share=0.25),
            Conv(c3, c3, 3, stride=2),
            stage(4, c3, c4, share=0.25),
            Conv(c4, c4, 3, stride=2),
            stage(6, c4, c4),
            Conv(c4, c5, 3, stride=2),
            stage(8, c5, c5),
            SPPF(c5, sppf_activation, shortcut=True),
            C2PSA(c5, self.scale.repeats(2)),
            nn.Upsample(scale_factor=2.0),
            nn.Identity(),  # a join, like every Identity here
            stage(13, c5 + c4, c4),
            nn.Upsample(scale_factor=2.0),
            nn.Identity(),
            stage(16, c4 + c4, c3),
            Conv(c3, c3, 3, stride=2),
            nn.Identity(),
            stage(19, c3 + c4, c4),
            Conv(c4, c4, 3, stride=2),
            nn.Identity(),
            C3k2(c4 + c5, c5, self.scale.repeats(1), "attention"),
        ]

    def _stage(self, layer: int, inputs: int, outputs: int, repeats: int, shortcut=False) -> C2f:
        repeats = self.scale.repeats(repeats)
        if layer in self.scale.cib_layers:
            return C2fCIB(inputs, outputs, repeats, self.scale.large_kernel)
        return C2f(inputs, outputs, repeats, shortcut)

    def features(self, x: Tensor) -> list[Tensor]:
        """The maps P3, P4, P5 that both heads read: (B, C_i, H / stride_i, W / stride_i)."""
        outputs: list[Tensor] = []
        for index, layer in enumerate(self.model[:HEAD]):
            x = torch.cat((x, outputs[JOINS[index]]), dim=1) if index in JOINS else layer(x)
            outputs.append(x)
        return [outputs[index] for index in OUTLETS]

    def anchors(self, size_hw: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """The anchors of a picture of this size, in the order of the outputs (P3 row by row, then P4, P5).

        Returns:
            points Tensor[A, 2]: cell centres (x, y) in network pixels; level Tensor[A]: 0, 1, 2. On the network's device.
        """
        device = cast(Conv, self.model[0]).conv.weight.device
        points, level = anchor_grid(size_hw, self.strides)
        return points.to(device), level.to(device)

    def forward(
        self, x: Tensor, riders: Mapping[str, OneToOne] | None = None
    ) -> dict[str, dict[str, Tensor]]:
        """Both heads on a batch of pictures, and any that ride on the same trunk.

        Args:
            x (Tensor[B, 3, H, W]): RGB in 0..1; H and W multiples of 32.
            riders: further one-to-one heads by name, none called as one of `HEADS`; they always read detached features.

        Returns:
            For each head of `self.heads`, then each rider: `boxes` (B, A, 4) xyxy in network pixels, not clipped, without
            gradient in training; `scores` (B, A, C) after sigmoid; and, for training, the raw `logits` (B, A, C) and
            `distances` (B, A, 4 * reg_max), sides l, t, r, b, from which `boxes` makes those that teach.
        """
        if x.ndim != 4 or x.shape[1] != 3 or x.shape[2] % 32 or x.shape[3] % 32 or not x.numel():
            raise ValueError(
                f"pictures must be (B, 3, H, W) with H and W multiples of 32, got {tuple(x.shape)}"
            )
        maps = self.features(x)
        detached = [m.detach() for m in maps]
        cut = self.training and self.detach_one2one and "one2many" in self.heads
        head = cast(DualHead, self.model[HEAD])
        raw = {
            name: head(detached if name == "one2one" and cut else maps, name) for name in self.heads
        }
        raw |= {name: rider(detached) for name, rider in (riders or {}).items()}
        points, level = self.anchors((x.shape[2], x.shape[3]))
        stride = torch.tensor(self.strides, dtype=points.dtype, device=points.device)[level, None]
        outputs = {}
        for name, (distances, logits) in raw.items():
            # in training few anchors are positives: a gradient through all the others' bins would be for nothing
            with torch.set_grad_enabled(torch.is_grad_enabled() and not self.training):
                boxes = self.boxes(distances, points, stride)
            outputs[name] = {
                "boxes": boxes,
                "scores": logits.sigmoid(),
                "logits": logits,
                "distances": distances,
            }
        return outputs

    def boxes(self, distances: Tensor, points: Tensor, strides: Tensor) -> Tensor:
        """Boxes (..., 4) xyxy in network pixels from raw distances (..., 4 * reg_max), anchor points (..., 2) and strides (..., 1)."""
        sides = cast(DualHead, self.model[HEAD]).sides(distances) * strides
        left_top, right_bottom = sides.chunk(2, dim=-1)
        return torch.cat((points - left_top, points + right_bottom), dim=-1)

    def with_one2one(self, rider: OneToOne) -> "DualDetector":
        """A copy of this network whose one-to-one head is a copy of the rider."""
        network = copy.deepcopy(self)
        cast(DualHead, network.model[HEAD]).one2one().load_state_dict(rider.state_dict())
        return network

    def fuse(self) -> "DualDetector":
        """A copy for inference with batch norms folded and parallel branches merged. Unlike THU-MIG's, it keeps both heads."""
        return fused(self)
