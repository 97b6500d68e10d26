"""`python -m dualviz verdicts`: what the measured runs say to the paper's claims, and how often such verdicts err."""

import argparse
from pathlib import Path

from dualviz.charts.drawn.claims import (
    claim_lines,
    margin_words,
    seeds_words,
    signed,
    span,
    waiting_words,
)
from dualviz.commands.printed import printed
from dualviz.study.ablation import FILE, Ablation, load_ablation
from dualviz.study.verdicts import SEEDS, coverage, false_verdicts
from dualviz.words import UserError, _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m dualviz verdicts`."""
    add = parser.add_argument
    add(
        "--results", type=Path, default=FILE, help=_("table of `ablate` (default: the bundled one)")
    )
    add("--families", type=int, default=200, help=_("made-up families of claims (default 200)"))


def run(chosen: argparse.Namespace) -> None:
    """Print the claims' table, then what the made-up families and experiments say of the procedure."""
    if chosen.families < 1:
        raise UserError("--families must be at least 1, got {given}", given=chosen.families)
    known = load_ablation(chosen.results)
    if known is None:
        raise UserError("{path} does not exist: `ablate` writes it", path=chosen.results)
    print(_table(known))
    claims = len(claim_lines(known))
    for apart, words in ((False, _("no row differs")), (True, _("all differ by the margin"))):
        false, spoken = false_verdicts(chosen.families, claims, apart)
        print(
            _(
                "{families} families of {claims} claims in which {truth}: a false verdict in {false}, any verdict in {spoken}",
                families=chosen.families,
                claims=claims,
                truth=words,
                false=f"{false:.1%}",
                spoken=f"{spoken:.1%}",
            )
        )
    trials = 10 * chosen.families
    held = coverage(trials)
    print(
        _(
            "{trials} made-up experiments of {seeds} seeds: the 95 % interval holds the truth in {held}",
            trials=trials,
            seeds=SEEDS,
            held=f"{held:.1%}",
        )
    )


def _table(known: Ablation) -> str:
    """The claims, counted; then a line of numbers for each, and what margins and seeds allow."""
    lines = claim_lines(known)
    listed = (
        f"{number:>2}. {line.words}: {line.difference}" for number, line in enumerate(lines, 1)
    )
    names = ["", _("of"), _("paper"), _("ours"), _("95 % interval"), _("chance")]
    names += [_("95 % interval"), _("seeds"), _("verdict")]
    rows = [
        (
            f"{number:>2}",
            line.measured,
            signed(line.paper),
            signed(line.mean, 2),
            span(line.low, line.high, 2),
            signed(line.null, 2),
            span(line.null_low, line.null_high, 2),
            str(len(line.seeds)),
            line.said,
        )
        for number, line in enumerate(lines, 1)
    ]
    words = filter(None, (seeds_words(lines), waiting_words(lines), margin_words(known)))
    return "\n".join([*listed, "", printed(names, rows, 2), "", *words])
