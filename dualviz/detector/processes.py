"""Several processes that work as one, as `torchrun` starts them: who am I, which share is mine, and what we have together.

Without a launcher there is one process: it is the first, its share is everything, and nothing is sent. CPUs talk by gloo,
NVIDIA's GPUs by nccl, one GPU a process.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from dualviz.detector import choose_device

Item = TypeVar("Item")


@contextmanager
def together(device: str = "auto") -> Iterator[torch.device]:
    """Join the other processes of the launcher, where there are any; gives this one's device.

    Args:
        device: "auto", "cuda", "mps" or "cpu", as of `choose_device`; each process takes the GPU of its place on the machine.
    """
    where = choose_device(device)
    if launched() == 1 or dist.is_initialized():
        yield where
        return
    if where.type == "cuda":
        where = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(where)
    dist.init_process_group("nccl" if where.type == "cuda" else "gloo")
    try:
        yield where
    finally:
        dist.destroy_process_group()


def launched() -> int:
    """How many processes the launcher has started; known before they are together."""
    return int(os.environ.get("WORLD_SIZE", 1))


def count() -> int:
    """How many processes work together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def place() -> int:
    """Which of them this process is, from 0."""
    return dist.get_rank() if count() > 1 else 0


def first() -> bool:
    """Whether this is the process that speaks and writes for all; known before and after they are together."""
    return os.environ.get("RANK", "0") == "0"


def share(items: Sequence[Item]) -> Sequence[Item]:
    """The part of the items that is for this process: every n-th, so that all have as many, give or take one."""
    return items[place() :: count()]


def wait() -> None:
    """Go on only when all have come here."""
    if count() > 1:
        dist.barrier()


def anybody(flag: bool) -> bool:
    """Whether any process says yes; all must ask at once."""
    if count() == 1:
        return flag
    said = [False] * count()
    dist.all_gather_object(said, flag)
    return any(said)


def joined(records: dict[int, Item]) -> list[Item]:
    """The records of all processes in the order of their numbers, the same list in each."""
    if count() > 1:
        parts: list[dict[int, Item]] = [{} for _ in range(count())]
        dist.all_gather_object(parts, records)
        records = {number: one for part in parts for number, one in part.items()}
    return [records[number] for number in sorted(records)]


def add_up(tensors: Sequence[Tensor]) -> None:
    """Put the sum over all processes in the place of each tensor, in one message; without gradient."""
    if count() == 1 or not tensors:
        return
    flat = torch.cat([tensor.detach().flatten() for tensor in tensors])
    dist.all_reduce(flat)
    for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(part.view_as(tensor))


def everyone(tensor: Tensor) -> Tensor:
    """The tensors of this shape of all processes, stacked in front; with gradients, which come back to their owners.

    What each process makes of them counts: its gradients are summed on the way back.
    """
    table = tensor.new_zeros((count(), *tensor.shape))
    table = table.index_copy(0, torch.tensor([place()], device=tensor.device), tensor[None])
    return _Sum.apply(table) if count() > 1 else table


class _Sum(torch.autograd.Function):
    """The sum over all processes. All read it, so the gradient is the sum of theirs."""

    @staticmethod
    def forward(_, tensor: Tensor) -> Tensor:
        whole = tensor.clone()
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(_, gradient: Tensor) -> Tensor:
        return _Sum.forward(_, gradient.contiguous())
