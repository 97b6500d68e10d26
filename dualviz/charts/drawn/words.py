"""What a figure says beside what it shows: numbers with three digits, the settings in one line, agreement and gap.

The sentences are those of the laboratory (dualviz/lab/laboratory/summary.js), so that a slide and the page speak alike.
"""

import math

from dualviz.agreement import TOP_K
from dualviz.study.alignment import Survey
from dualviz.study.targets import Targets, opposed
from dualviz.trace import DualTrace, Setting
from dualviz.words import _, ngettext

OVERLAP_NAMES = {"iou": "IoU", "ciou": "CIoU"}
SHORTEST = 1e-300  # below it a double has lost its digits: show the exponent from the logarithm


def three(value: float) -> str:
    """A number with three significant digits; "—" where there is none.

    >>> three(0.22222), three(6.1e-8), three(0), three(9.999), three(-1.5), three(float("nan"))
    ('0.222', '6.10e-8', '0', '10.0', '−1.50', '—')
    """
    if math.isnan(value):
        return "—"
    if value == 0:
        return "0"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    digits, power = f"{abs(value):.2e}".split("e")
    sign, power = "−" if value < 0 else "", int(power)
    if -3 <= power < 5:
        return f"{sign}{abs(value):.{max(0, 2 - power)}f}"
    return f"{sign}{digits}e{power}"


def three_of_log(log_value: float) -> str:
    """A metric with three significant digits, however small, from its logarithm.

    >>> three_of_log(math.log(0.5)), three_of_log(-1e4), three_of_log(-math.inf)
    ('0.500', '1.14e-4343', '0')
    """
    if log_value == -math.inf or math.exp(log_value) > SHORTEST:
        return three(math.exp(log_value))
    whole = math.floor(log_value / math.log(10))
    return f"{10 ** (log_value / math.log(10) - whole):.2f}e{whole}"


def check_object(trace: DualTrace, g: int | None) -> None:
    """Refuse an object that is not in the trace."""
    if g is not None and not 0 <= g < len(trace.truth):
        raise ValueError(f"object must be 0 to {len(trace.truth) - 1} or None, got {g}")


def overlap_name(trace: DualTrace) -> str:
    """What the overlap is called: "IoU" in the paper, "CIoU" in THU-MIG's 2024 code and YOLO26."""
    return OVERLAP_NAMES[trace.setting.rules.overlap]


def object_name(trace: DualTrace, g: int | None) -> str:
    """The chosen object as every page counts it, from 1; "" for none."""
    if g is None:
        return ""
    name = trace.class_names[int(trace.truth.labels[g])]
    return _("object {object} of {all} ({name})", object=g + 1, all=len(trace.truth), name=name)


def settings_line(trace: DualTrace, g: int | None, picture: str = "", detector: str = "") -> str:
    """Picture, detector, object and knobs in one line: the caption inside every figure that is taken away."""
    parts = (
        picture,
        detector,
        object_name(trace, g),
        *_knobs(trace.setting),
        stand_in_words(trace),
    )
    return " · ".join(part for part in parts if part)


def _knobs(setting: Setting, plane: bool = False) -> list[str]:
    """The knobs, part by part; over the `plane` the one-to-one head's exponents vary."""
    (alpha, beta), (alpha1, beta1) = map(setting.exponents, ("one2many", "one2one"))
    many = {"alpha": f"{alpha:.2f}", "beta": f"{beta:.2f}"}
    one = {"alpha": f"{alpha1:.2f}", "beta": f"{beta1:.2f}"}
    rules = setting.rules
    overlap = OVERLAP_NAMES[rules.overlap]
    locked = _("one-to-one α {alpha}, β {beta} (locked, r {r})", r=f"{setting.r:.2f}", **one)
    unlocked = _("one-to-one α {alpha}, β {beta} (unlocked)", **one)
    by_mode = {
        "paper": _("paper ({overlap})", overlap=overlap),
        "code": _("code ({overlap})", overlap=overlap),
        "yolo26": _(
            "YOLO26 ({overlap}, one-to-one {picks} → conflicts → {keep}, sides of at least {side} px)",
            overlap=overlap,
            picks=rules.picks,
            keep=rules.keep,
            side=f"{rules.least_side:g}",
        ),
    }
    return [
        _("one-to-many α {alpha}, β {beta}, k {k}", k=setting.topk, **many),
        *([] if plane else [locked if setting.locked else unlocked]),
        _("shared predictions") if setting.shared else _("own predictions"),
        by_mode[setting.mode],
    ]


def stand_in_words(*traces: DualTrace) -> str:
    """What a caption says where detections stand for truth; "" where they do not."""
    return next((trace.truth.words for trace in traces if trace.truth.stand_in), "")


def survey_line(
    surveyed: Survey, picture: str = "", detector: str = "", plane: bool = False
) -> str:
    """Picture or set, detector, objects and knobs in one line; over the plane the one-to-one head's exponents vary."""
    objects = surveyed.map.objects if plane else surveyed.objects
    parts = (
        picture,
        detector,
        ngettext("{n} object", "{n} objects", objects),
        *_knobs(surveyed.map.setting, plane),
        stand_in_words(*surveyed.traces),
    )
    return " · ".join(part for part in parts if part)


def pick_rank(trace: DualTrace, g: int) -> int | None:
    """Rank of the one-to-one pick in the one-to-many order: 0 where it is no candidate there, None without a pick."""
    pick = int(trace.one2one.assignment.candidates[g, 0])
    return int(trace.one2many.rank[g, pick]) if pick >= 0 else None


def headline(trace: DualTrace, g: int | None) -> str:
    """What the heads make of the object, in one sentence; for no object, why there is none."""
    if g is None:
        return _("No object chosen") if len(trace.truth) else _("No truth: no object to match")
    rank = pick_rank(trace, g)
    if rank is None and not bool((trace.one2many.rank[g] > 0).any()):
        return _("Object {object}: no candidate in either head", object=g + 1)
    if rank is None:
        return _("Object {object}: no one-to-one candidate", object=g + 1)
    if rank == 1:
        return _("Object {object}: both heads make the same first choice", object=g + 1)
    if rank == 0:
        return _(
            "Object {object}: the one-to-one pick is no candidate of the one-to-many head",
            object=g + 1,
        )
    return _(
        "Object {object}: the one-to-one pick is number {rank} of the one-to-many list",
        object=g + 1,
        rank=rank,
    )


def flag(trace: DualTrace, g: int) -> str:
    """Words for an object that ends without a positive, "" for one that does not."""
    many, one = trace.one2many, trace.one2one
    if not bool(trace.prior[g].any()):
        return _("no anchor inside")
    if not bool((many.rank[g] > 0).any() | (one.rank[g] > 0).any()):
        return _("no candidate")
    lacking = [bool(head.assignment.unmatched[g]) for head in (many, one)]
    if all(lacking):
        return _("no positive")
    if lacking[0]:
        return _("no one-to-many positive")
    return _("no one-to-one positive") if lacking[1] else ""


def agreement_words(trace: DualTrace, g: int) -> str:
    """How alike the heads rank, with ρ and τ in words."""
    many, one = trace.one2many, trace.one2one
    common = int(((many.rank[g] > 0) & (one.rank[g] > 0)).sum())
    rho, tau = float(trace.agreement.spearman[g]), float(trace.agreement.kendall[g])
    if common == 0:
        return _("No anchor is a candidate in both heads: no correlation can be given.")
    if common == 1:
        return _("Only one anchor is a candidate in both heads: no correlation can be given.")
    if math.isnan(rho):
        return _("A head gives all its candidates the same metric: no correlation can be given.")
    figures = {"common": common, "rho": three(rho), "tau": three(tau)}
    if rho == 1 == tau:
        return _(
            "All {common} common candidates stand in the same order (Spearman ρ\u00a0{rho}, Kendall τ\u00a0{tau}).",
            **figures,
        )
    if rho > 0.95:
        return _(
            "The heads rank {common} common candidates almost alike (Spearman ρ\u00a0{rho}, Kendall τ\u00a0{tau}).",
            **figures,
        )
    if rho > 0.7:
        return _(
            "The heads rank {common} common candidates similarly (Spearman ρ\u00a0{rho}, Kendall τ\u00a0{tau}).",
            **figures,
        )
    if rho > 0.3:
        return _(
            "The heads rank {common} common candidates loosely alike (Spearman ρ\u00a0{rho}, Kendall τ\u00a0{tau}).",
            **figures,
        )
    return _(
        "The heads rank {common} common candidates differently (Spearman ρ\u00a0{rho}, Kendall τ\u00a0{tau}).",
        **figures,
    )


def alignment(trace: DualTrace, g: int) -> list[tuple[str, bool | None]]:
    """Top-1, Top-5, Top-10 of the object and whether the one-to-one pick is among them; None without a pick."""
    inside = trace.agreement.top_k_alignment[g].tolist()
    return [
        (f"Top-{k}", None if math.isnan(value) else bool(value)) for k, value in zip(TOP_K, inside)
    ]


def gap_words(trace: DualTrace, g: int) -> str:
    """The supervision gap between its bounds, and where the pick stands among the positives."""
    floor, ceiling = (float(bound[g]) for bound in trace.gap_bounds)
    value = float(trace.gap[g])
    if math.isnan(value):
        return _("No one-to-one pick, so there is no gap to measure.")
    chosen = trace.one2many.assignment.candidates[g]
    chosen = chosen[chosen >= 0].tolist()
    pick = int(trace.one2one.assignment.candidates[g, 0])
    bounds = {"gap": three(value), "floor": three(floor), "ceiling": three(ceiling)}
    if pick in chosen:
        sentence = _(
            "Gap {gap} between {floor} and {ceiling}: the pick is positive {best} of {count}.",
            best=chosen.index(pick) + 1,
            count=len(chosen),
            **bounds,
        )
    else:
        sentence = _(
            "Gap {gap} between {floor} and {ceiling}: the pick is outside the one-to-many positives.",
            **bounds,
        )
    if floor <= 1e-9:
        return sentence
    if trace.setting.shared and trace.setting.mode == "paper":
        why = _("The floor is what the one-to-many head teaches its other positives.")
    else:
        why = _("The floor is the least gap that any pick could give.")
    return f"{sentence} {why}"


def opposed_words(targets: dict[str, Targets]) -> str:
    """How many anchors the heads pull apart, and what those are to the one-to-one head."""
    apart = opposed(targets)
    own = apart & (targets["one2one"].target > 0)
    count, of_own = int(apart.any(-1).sum()), int(own.any(-1).sum())
    background = int((apart & ~own).any(-1).sum())
    if not count:
        return _(
            "On this picture the heads pull no anchor in opposite directions by more than 0.01."
        )
    parts = []
    if background:
        parts.append(ngettext("{n} as background", "{n} as background", background))
    if of_own:
        parts.append(
            ngettext(
                "{n} as its own positive that already scores above its target",
                "{n} as its own positives that already score above their targets",
                of_own,
            )
        )
    return ngettext(
        "On this picture the two heads pull **{n} anchor** in opposite directions, by more than 0.01 each: the one-to-many "
        "head raises the score, the one-to-one head lowers it, {parts}.",
        "On this picture the two heads pull **{n} anchors** in opposite directions, by more than 0.01 each: the one-to-many "
        "head raises the score, the one-to-one head lowers it, {parts}.",
        count,
        parts=parts[0]
        if len(parts) == 1
        else _("{first} and {second}", first=parts[0], second=parts[1]),
    )
