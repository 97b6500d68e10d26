"""Python's word against the browser's: the laboratory's claim held against a `DualTrace`, which is the authority.

A claim travels when the hand lets go: a hash of each object's choices, and the ranks, correlations and gap of the chosen
object. Orders may differ only where keys differ by less than 1e-9.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from dualviz.agreement import rank_agreement
from dualviz.trace import DualTrace, HeadTrace
from dualviz.words import ngettext

NEAR_TIE = 1e-9  # keys closer than this may stand in either order
CLOSE = 2e-6  # soft targets are float32 in Python and double in the browser


def disagreements(claim: Mapping[str, Any], trace: DualTrace) -> list[str]:
    """Say in one sentence each where the browser's claim differs from what `dualviz` computes; empty where they agree.

    Args:
        claim: the `claim` of the laboratory's message.
        trace: of the same picture, truth and knobs.
    """
    try:
        return _objects(claim, trace) + _selected(claim, trace)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        return [f"the browser's claim cannot be read: {error!r}"]


def recomputed(claim: Mapping[str, Any], objects: int) -> str:
    """Say what of the browser's claim over so many objects `disagreements` computed again, where it found nothing."""
    if claim.get("object") is None:
        return ngettext(
            "Python recomputed the picks of {n} object from the same predictions, and agrees.",
            "Python recomputed the picks of all {n} objects from the same predictions, and agrees.",
            objects,
        )
    return ngettext(
        "Python recomputed the picks of {n} object, and its ranks, ρ, τ and gap, from the same predictions, and agrees.",
        "Python recomputed the picks of all {n} objects, and ranks, ρ, τ and gap of the chosen one, from the same predictions, and agrees.",
        objects,
    )


def list_hash(anchors: Sequence[int]) -> int:
    """32-bit FNV-1a of a list of anchors, each as four bytes from the lowest.

    >>> list_hash([])
    2166136261
    """
    value = 0x811C9DC5
    for anchor in anchors:
        for byte in int(anchor).to_bytes(4, "little", signed=True):
            value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def _objects(claim: Mapping[str, Any], trace: DualTrace) -> list[str]:
    """Lists, first choices and positives of every object."""
    many, one = trace.one2many.assignment, trace.one2one.assignment
    said, (G, topk), picks = claim["objects"], many.candidates.shape, one.candidates.shape[1]
    if len(said) != G:
        return [f"the browser speaks of {len(said)} objects, Python of {G}"]
    differences = []
    for g in range(G):
        listed, chosen = (
            [anchor for anchor in head.candidates[g].tolist() if anchor >= 0]
            for head in (many, one)
        )
        if said[g] == list_hash([*listed, *(chosen or [-1])]) & 0xFFFF:
            continue
        loose = _near_tie(trace.one2many.log_metric[g], topk)
        loose = loose or _near_tie(trace.one2one.log_metric[g], picks)
        if not loose:
            differences.append(
                f"object {g + 1}: other choices in the browser than in Python, which lists {listed} and picks {chosen}"
            )
    positives = zip(many.positives.tolist(), one.positives.tolist())
    if not differences and claim["final"] != list_hash(
        [count for pair in positives for count in pair]
    ):
        differences.append("other positives after conflicts in the browser than in Python")
    return differences


def _selected(claim: Mapping[str, Any], trace: DualTrace) -> list[str]:
    """Ranks, correlations and gap of the chosen object."""
    g = claim.get("object")
    if g is None:
        return []
    differences = []
    heads = {"one-to-many": trace.one2many, "one-to-one": trace.one2one}
    for (name, head), count, said in zip(heads.items(), claim["counts"], claim["orders"]):
        order = _order(head, g)
        if count != len(order):
            differences.append(f"{name}: {count} candidates in the browser, {len(order)} in Python")
        elif said != list_hash(order) and not _near_tie(head.log_metric[g], len(order)):
            differences.append(
                f"{name}: other ranks of object {g + 1} in the browser than in Python"
            )
    A = trace.prior.shape[1]
    agreement = rank_agreement(trace.one2many.log_metric[g], trace.one2one.log_metric[g])
    floor, ceiling = trace.gap_bounds_of(g)
    figures = {
        "Spearman's ρ": (claim["spearman"], agreement.spearman),
        "Kendall's τ": (claim["kendall"], agreement.kendall),
        "the gap's floor": (claim["gap"][0], floor),
        "the gap": (claim["gap"][1], trace.gap_of(g)),
        "the gap's ceiling": (claim["gap"][2], ceiling),
    }
    for name, (said, wanted) in figures.items():
        wanted = float(wanted)
        alike = math.isnan(wanted) if said is None else abs(said - wanted) <= CLOSE * max(1, wanted)
        if not alike and not any(_near_tie(head.log_metric[g], A) for head in heads.values()):
            differences.append(
                f"{name} of object {g + 1}: {said} in the browser, {wanted:.6g} in Python"
            )
    return differences


def _order(head: HeadTrace, g: int) -> list[int]:
    """Anchors of one object by rank."""
    own = (head.pairs.row == g) & (head.pairs.key > -math.inf)
    order = head.pairs.key[own].argsort(descending=True, stable=True)
    return head.pairs.cell[own][order].tolist()


def _near_tie(log_metric: Tensor, among: int) -> bool:
    """Whether two different keys among the best, or the last of them and the next, differ by less than 1e-9."""
    keys = log_metric[log_metric > -math.inf].sort(descending=True).values[: among + 1]
    steps = keys[:-1] - keys[1:]
    return bool(((steps > 0) & (steps < NEAR_TIE)).any())
