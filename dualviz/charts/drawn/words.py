"""What a figure says beside what it shows: numbers with three digits, the settings in one line, agreement and gap.

The sentences are those of the laboratory (dualviz/lab/laboratory/explain.js), so that a slide and the page speak alike.
"""

import math

from dualviz.agreement import TOP_K
from dualviz.study.alignment import Survey
from dualviz.study.targets import Targets, opposed
from dualviz.trace import DualTrace

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
    """What the overlap is called: "IoU" in the paper, "CIoU" in THU-MIG's 2024 code."""
    return OVERLAP_NAMES[trace.setting.rules.overlap]


def object_name(trace: DualTrace, g: int | None) -> str:
    """The chosen object as every page counts it, from 1; "" for none."""
    if g is None:
        return ""
    return f"object {g + 1} of {len(trace.truth)} ({trace.class_names[int(trace.truth.labels[g])]})"


def settings_line(trace: DualTrace, g: int | None, picture: str = "", detector: str = "") -> str:
    """Picture, detector, object and knobs in one line: the caption inside every figure that is taken away."""
    knobs = trace.setting

    def exponents(head: str) -> str:
        return "α {:.2f}, β {:.2f}".format(*knobs.exponents(head))

    lock = f"locked, r {knobs.r:.2f}" if knobs.locked else "unlocked"
    parts = (
        picture,
        detector,
        object_name(trace, g),
        f"one-to-many {exponents('one2many')}, k {knobs.topk}",
        f"one-to-one {exponents('one2one')} ({lock})",
        f"{'shared' if knobs.shared else 'own'} predictions",
        f"{knobs.mode} ({overlap_name(trace)})",
        stand_in_words(trace),
    )
    return " · ".join(part for part in parts if part)


def stand_in_words(*traces: DualTrace) -> str:
    """What a caption says where detections stand for truth; "" where they do not."""
    return next((trace.truth.words for trace in traces if trace.truth.stand_in), "")


def survey_line(
    surveyed: Survey, picture: str = "", detector: str = "", plane: bool = False
) -> str:
    """Picture or set, detector, objects and knobs in one line; over the plane the one-to-one head's exponents vary."""
    setting, objects = surveyed.map.setting, surveyed.map.objects if plane else surveyed.objects
    many, one = setting.exponents("one2many"), setting.exponents("one2one")
    lock = f"locked, r {setting.r:.2f}" if setting.locked else "unlocked"
    parts = (
        picture,
        detector,
        f"{objects} objects",
        f"one-to-many α {many[0]:.2f}, β {many[1]:.2f}, k {setting.topk}",
        "" if plane else f"one-to-one α {one[0]:.2f}, β {one[1]:.2f} ({lock})",
        f"{'shared' if setting.shared else 'own'} predictions",
        f"{setting.mode} ({OVERLAP_NAMES[setting.rules.overlap]})",
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
        return "No object chosen" if len(trace.truth) else "No truth: no object to match"
    name, rank = f"Object {g + 1}", pick_rank(trace, g)
    if rank is None:
        many = int((trace.one2many.rank[g] > 0).sum())
        reason = "no candidate in either head" if not many else "no one-to-one candidate"
        return f"{name}: {reason}"
    if rank == 1:
        return f"{name}: both heads make the same first choice"
    if rank == 0:
        return f"{name}: the one-to-one pick is no candidate of the one-to-many head"
    return f"{name}: the one-to-one pick is number {rank} of the one-to-many list"


def flag(trace: DualTrace, g: int) -> str:
    """Words for an object that ends without a positive, "" for one that does not."""
    many, one = trace.one2many, trace.one2one
    if not bool(trace.prior[g].any()):
        return "no anchor inside"
    if not bool((many.rank[g] > 0).any() | (one.rank[g] > 0).any()):
        return "no candidate"
    lacking = [
        name
        for name, head in (("one-to-many", many), ("one-to-one", one))
        if bool(head.assignment.unmatched[g])
    ]
    if len(lacking) == 2:
        return "no positive"
    return f"no {lacking[0]} positive" if lacking else ""


def agreement_words(trace: DualTrace, g: int) -> str:
    """How alike the heads rank, with ρ and τ in words."""
    many, one = trace.one2many, trace.one2one
    common = int(((many.rank[g] > 0) & (one.rank[g] > 0)).sum())
    rho, tau = float(trace.agreement.spearman[g]), float(trace.agreement.kendall[g])
    if common < 2:
        start = "Only one anchor is" if common else "No anchor is"
        return f"{start} a candidate in both heads: no correlation can be given."
    if math.isnan(rho):
        return "A head gives all its candidates the same metric: no correlation can be given."
    figures = f"Spearman ρ\u00a0{three(rho)}, Kendall τ\u00a0{three(tau)}"
    if rho == 1 == tau:
        return f"All {common} common candidates stand in the same order ({figures})."
    how = next(
        word
        for limit, word in (
            (0.95, "almost alike"),
            (0.7, "similarly"),
            (0.3, "loosely alike"),
            (-2, "differently"),
        )
        if rho > limit
    )
    return f"The heads rank {common} common candidates {how} ({figures})."


def alignment(trace: DualTrace, g: int) -> list[tuple[str, bool | None]]:
    """Top-1, Top-5, Top-10 of the object and whether the one-to-one pick is among them; None without a pick."""
    found = trace.agreement.top_k_alignment[g].tolist()
    return [
        (f"Top-{k}", None if math.isnan(value) else bool(value)) for k, value in zip(TOP_K, found)
    ]


def gap_words(trace: DualTrace, g: int) -> str:
    """The supervision gap between its bounds, and where the pick stands among the positives."""
    floor, ceiling = (float(bound[g]) for bound in trace.gap_bounds)
    value = float(trace.gap[g])
    if math.isnan(value):
        return "No one-to-one pick, so there is no gap to measure."
    chosen = trace.one2many.assignment.candidates[g]
    chosen = chosen[chosen >= 0].tolist()
    pick = int(trace.one2one.assignment.candidates[g, 0])
    where = (
        f"positive {chosen.index(pick) + 1} of {len(chosen)}"
        if pick in chosen
        else "outside the one-to-many positives"
    )
    if floor <= 1e-9:
        why = ""
    elif trace.setting.shared and trace.setting.mode == "paper":
        why = " The floor is what the one-to-many head teaches its other positives."
    else:
        why = " The floor is the least gap that any pick could give."
    return (
        f"Gap {three(value)} between {three(floor)} and {three(ceiling)}: the pick is {where}.{why}"
    )


def opposed_words(targets: dict[str, Targets]) -> str:
    """How many anchors the heads pull apart, and what those are to the one-to-one head."""
    apart = opposed(targets)
    own = apart & (targets["one2one"].target > 0)
    count, of_own = int(apart.any(-1).sum()), int(own.any(-1).sum())
    background = int((apart & ~own).any(-1).sum())
    if not count:
        return "On this picture the heads pull no anchor in opposite directions by more than 0.01."
    parts = [
        f"{background} as background" if background else "",
        f"{of_own} as its own positive that already scores above its target" if of_own else "",
    ]
    return (
        f"On this picture the two heads pull **{count} anchor{'s' * (count != 1)}** in opposite directions, each by more than "
        "0.01: the one-to-many head raises the score, the one-to-one head lowers it, "
        f"{' and '.join(part for part in parts if part)}."
    )
