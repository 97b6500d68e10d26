"""Claims about verdicts: tests worked by hand and by SciPy, and how often the whole procedure errs on made-up seeds."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from dualviz.study.verdicts import (
    Case,
    coverage,
    false_verdicts,
    holm,
    interval,
    judged,
    least_seeds,
    margin,
    sign_flips,
    within,
)

TEN = (1.0, 2.0, -0.5, 3.0, 1.5, 0.2, 0.7, 2.2, -0.1, 1.1)


def test_sign_flips_count_all_ways() -> None:
    flips = np.array(list(itertools.product((-1, 1), repeat=10))) @ np.array(TEN)
    assert sign_flips(TEN) == pytest.approx(np.mean(np.abs(flips) >= abs(sum(TEN)) - 1e-9))
    assert sign_flips([0.0] * 10) == 1.0 and sign_flips([1.0] * 10) == 2 / 1024
    assert sign_flips([1.0] * 5) == 2 / 32 > 0.05  # why five seeds are too few


def test_two_one_sided_tests_need_the_whole_90_percent_interval_inside_the_margin() -> None:
    error = np.std(TEN, ddof=1) / math.sqrt(10)
    edge = np.mean(TEN) + stats.t.ppf(0.95, 9) * error
    assert within(TEN, edge + 1e-6) < 0.05 < within(TEN, edge - 1e-6)
    assert within(TEN, math.nan) == 1.0


def test_holm_never_lowers_and_keeps_the_order() -> None:
    assert holm([0.01, 0.02, 0.03, 0.5]) == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert holm([0.5, 0.01]) == pytest.approx([0.5, 0.02]) and holm([]) == []


def test_the_verdict_waits_for_ten_seeds_and_then_takes_the_paper_s_side_or_the_other() -> None:
    def said(kind, paper, differences, stated=1.0):
        return judged([Case(kind, paper, tuple(differences), stated)])[0].verdict

    up, flat = [1 + 0.1 * x for x in TEN], [0.1 * x - 0.1 for x in TEN]
    assert said("rises", 1.0, up[:9]) == "too few seeds"
    assert said("rises", 1.0, up) == "agrees" and said("rises", -1.0, up) == "disagrees"
    assert said("equal", 0.0, up) == "disagrees" and said("equal", 0.0, flat) == "agrees"
    assert said("rises", 1.0, flat) == "equal"
    assert said("rises", 1.0, flat, math.nan) == "not told apart"
    assert said("rises", 1.0, flat, 0.01) == "not told apart"


def test_no_verdict_is_said_against_the_interval_that_speaks_of_other_pictures() -> None:
    up, flat = tuple(1 + 0.1 * x for x in TEN), tuple(0.1 * x - 0.1 for x in TEN)
    for differences, kind in ((up, "rises"), (flat, "equal")):
        certain, wide = (
            judged([Case(kind, 1.0, differences, 0.5, pictures)])[0] for pictures in (0.0, 1.0)
        )
        assert certain.verdict == "agrees" and wide.verdict == "not told apart"
        assert wide.p_differs == certain.p_differs and wide.p_equal == certain.p_equal
        assert wide.low < min(0, -0.5 * (kind == "equal"))


def test_claims_with_too_few_seeds_stay_in_the_family() -> None:
    """Holm's method counts the list that was stated, not the part of it that was trained."""
    waiting = [Case("rises", 1.0, (1.0,) * 3, 0.5)] * 13
    whole = judged([Case("rises", 1.0, TEN, 0.5), *waiting])
    assert whole[0].p_differs == pytest.approx(14 * sign_flips(TEN))
    assert {one.verdict for one in whole[1:]} == {"too few seeds"}


def test_the_fewest_seeds_are_those_whose_flips_can_reach_five_percent() -> None:
    for claims in (1, 14):
        least = least_seeds(claims)
        assert claims * sign_flips([1.0] * least) <= 0.05 < claims * sign_flips([1.0] * (least - 1))


def test_one_claim_among_many_needs_more() -> None:
    nearly = tuple(abs(x) * (-1 if n == 8 else 1) for n, x in enumerate(TEN))
    alone = judged([Case("rises", 1.0, nearly, math.nan)])[0]
    among = judged([Case("rises", 1.0, nearly, math.nan)] * 14)[0]
    assert alone.verdict == "agrees" and among.verdict == "not told apart"


def test_the_margin_is_what_ten_seeds_show_in_four_of_five_families() -> None:
    rng, stated = np.random.default_rng(0), margin(1.0, 14)
    shown = [within(rng.normal(0, 1, 10), stated) <= 0.05 / 14 for _ in range(1000)]
    assert 0.75 < np.mean(shown) < 0.92  # rounded up to a tenth, so a little more than 0.8


@pytest.mark.parametrize("apart", [False, True])
def test_made_up_families_end_with_a_false_verdict_in_at_most_five_percent(apart: bool) -> None:
    false, spoken = false_verdicts(60, apart=apart)
    assert false <= 0.05 and spoken > 0.5


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    assert 0.93 <= coverage(600) <= 0.99
    with_pictures, without = interval(TEN, 0.5), interval(TEN)
    assert with_pictures[0] < without[0] < without[1] < with_pictures[1]
    assert without == pytest.approx(stats.t.interval(0.95, 9, np.mean(TEN), stats.sem(TEN)))
