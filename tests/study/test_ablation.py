"""Claims about the ablation: its file, its verdicts, its page and figures, and the runs that fill it."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_blocks import block_set
from opened_app import opened, tables_of, words
from streamlit.testing.v1 import AppTest

from dualviz.charts.drawn.ablation import ANSWERS
from dualviz.charts.drawn.claims import (
    claim_lines,
    reach,
    running_off,
    seeds_words,
    waiting_words,
)
from dualviz.charts.page import COLUMN, SLIDE
from dualviz.charts.palette import DARK, LIGHT
from dualviz.charts.print.ablation import ablation_figure
from dualviz.charts.print.claims import claims_figure
from dualviz.charts.screen.ablation import ablation_chart
from dualviz.charts.screen.claims import claims_chart
from dualviz.charts.screen.picks import picks_chart
from dualviz.commands import main
from dualviz.detector.catalogue import available
from dualviz.detector.network import DualDetector
from dualviz.exports import tables
from dualviz.exports.files import figure_bytes
from dualviz.study import ablation as room
from dualviz.study.ablation import (
    ROWS,
    SHARED,
    Ablation,
    Trained,
    load_ablation,
    save_ablation,
)
from dualviz.study.claims import CLAIMS, findings, margin_of
from dualviz.study.evaluation import Figures
from dualviz.study.verdicts import interval


def run(row: str, seed: int, many: float = math.nan, one: float = math.nan, top: float = 0.25):
    """A run with these two AP, the rest made from them; NaN is a head that was not taught."""
    ap = {"one2many raw": 0.6 * many, "one2many + NMS": many, "one2one": one, "one2one + NMS": one}
    both = not math.isnan(many + one)
    agree = (top, 0.75, 0.95, 4.5, 4.25, 5.5) if both else (math.nan,) * 6
    double = {path: 20 * value for path, value in ap.items()}
    return Trained(row, seed, 4.0 + seed, Figures(ap, ap, double, agree[:3], *agree[3:]))


def ablation(*runs: Trained) -> Ablation:
    recipe = {"scale": "pico", "pictures": 8, "batch": 2, "canvas_wh": [96, 64]}
    recipe |= {"shared_trunk": True}
    return Ablation(recipe, "blocks train, 2 pictures", "blocks val, 2 pictures", "here", runs)


FIVE = ablation(
    run("one2many", 0, many=0.5),
    run("one2many", 1, many=0.625),
    run("one2one", 0, one=0.25),
    run("one2one", 1, one=0.5),
    run("consistent", 0, 0.5, 0.375),
    run("consistent", 1, 0.5, 0.375),
    run("inconsistent", 0, 0.5, 0.25, top=0.5),
)


# ── the file ──


def test_what_is_saved_is_read_back_untaught_heads_and_all(tmp_path: Path) -> None:
    save_ablation(FIVE, tmp_path / "a.json")
    assert "NaN" not in (tmp_path / "a.json").read_text()
    found = load_ablation(tmp_path / "a.json")
    assert repr(found) == repr(FIVE)  # NaN equals no NaN, but its words do
    assert load_ablation(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: text[:200],
        lambda text: "[]",
        lambda text: text.replace('"one2one"', '"one2two"'),
        lambda text: text.replace('"seed": 1', '"seed": 0'),
        lambda text: text.replace("0.375", '"much"'),
        lambda text: text.replace('"one2one + NMS"', '"one2one + WBF"', 3),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(tmp_path: Path, broken) -> None:
    save_ablation(FIVE, tmp_path / "a.json")
    (tmp_path / "a.json").write_text(broken((tmp_path / "a.json").read_text()))
    with pytest.raises(ValueError, match="is no ablation as DualViz writes it"):
        load_ablation(tmp_path / "a.json")


# ── the numbers ──


def test_spread_and_paired_difference_worked_by_hand() -> None:
    many, one = ROWS["one2many"], ROWS["one2one"]
    mean, deviation, seeds = FIVE.spread(many, Trained.points)  # 50 and 62.5
    assert (mean, seeds) == (56.25, 2) and deviation == pytest.approx(12.5 / math.sqrt(2))
    assert FIVE.differences(many, one, Trained.points) == {0: 25.0, 1: 12.5}
    alone = FIVE.spread(ROWS["inconsistent"], Trained.points)
    assert alone.mean == 25.0 and math.isnan(alone.deviation) and alone.words() == "25.0"
    assert FIVE.spread(one, lambda r: r.figures.gap).words() == "—"


def test_each_row_is_compared_by_the_path_it_answers_by() -> None:
    assert run("one2many", 0, many=0.5).points() == 50.0
    assert run("consistent", 0, 0.5, 0.375).points() == 37.5


def test_a_seed_that_only_one_row_has_is_not_compared() -> None:
    pair = (ROWS["consistent"], ROWS["inconsistent"])
    assert FIVE.differences(*pair, Trained.points) == {0: 12.5}
    assert FIVE.differences(*pair[::-1], Trained.points) == {0: -12.5}


def test_the_paper_s_differences_are_those_it_prints() -> None:
    told = [round(claim.paper, 1) for claim in CLAIMS]
    assert told == [1.5, 0.9, 0.6, 1.6, 0.4, 0.8, 0.1, 0.3, 0.0, 0.0, 0.0, 3.1, 6.1, 3.1]
    assert all((claim.kind == "equal") == (abs(claim.paper) < 1e-9) for claim in CLAIMS)


def test_claims_are_judged_by_our_runs_alone() -> None:
    found = dict(findings(FIVE))
    assert {finding.verdict for finding in found.values()} == {"too few seeds"}
    assert found[CLAIMS[0]].mean == pytest.approx(18.75)  # 25.0 and 12.5
    assert CLAIMS[11].differences(FIVE) == {0: -25.0}  # Top-1, consistent less inconsistent


def ten(move: dict[str, float], noise: float = 0.1) -> Ablation:
    """Ten seeds of every row on shared trunks: a seed's height, a row's move in points, and a little noise."""
    draw = np.random.default_rng(1)
    runs = []
    for seed in range(10):
        height = 40 + draw.normal()
        for row in ROWS:
            ap = (height + move.get(row, 0.0) + noise * draw.normal()) / 100
            again = {path: tuple(ap + 0.001 * draw.normal(size=4)) for path in room.RESAMPLED}
            runs.append(replace(run(row, seed, ap, ap), resampled=again))
    return ablation(*runs)


def test_ten_seeds_say_what_was_put_into_them_and_the_null_pair_nothing() -> None:
    made = ten({"inconsistent": -2.0, "score": 2.0, "double": 3.0})
    said = {(c.left, c.right, c.measured): f for c, f in findings(made)}
    verdict = {key: finding.verdict for key, finding in said.items()}
    assert verdict["consistent", "inconsistent", "AP"] == "agrees"
    assert verdict["consistent", "score", "AP"] == "disagrees"
    assert verdict["double", "consistent", "AP"] == "disagrees"
    assert verdict["consistent", "hungarian", "AP"] == "agrees"
    assert verdict["consistent", "quarter", "AP"] == "equal"
    null = CLAIMS[0].null(made)
    low, high = interval(tuple(null.values()))
    assert len(null) == 10 and low < 0 < high
    assert margin_of("AP", made) == margin_of("AP", replace(made, runs=made.runs[: 6 * len(ROWS)]))
    assert math.isnan(margin_of("AP", FIVE))


def test_drawings_of_the_pictures_widen_an_interval_by_their_own_variance() -> None:
    made = ten({"inconsistent": -2.0})
    claim = next(one for one in CLAIMS if (one.left, one.right) == ("consistent", "inconsistent"))
    table = [
        [100 * np.array(one.resampled["one2one"]) for one in made.runs if one.row == row]
        for row in (claim.left, claim.right)
    ]
    wanted = (np.mean(table[0], 0) - np.mean(table[1], 0)).var(ddof=1)
    assert claim.pictures(made) == pytest.approx(wanted)
    bare = replace(made, runs=tuple(replace(one, resampled={}) for one in made.runs))
    wide, narrow = (next(f for c, f in findings(known) if c is claim) for known in (made, bare))
    assert wide.high - wide.low > narrow.high - narrow.low > 0 and wide.mean == narrow.mean


# ── charts, figure, table ──


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_the_chart_has_one_small_mark_for_each_of_several_runs_on_each_path_they_teach(
    colours,
) -> None:
    chart = ablation_chart(FIVE, colours)
    many, many_seeds, one, one_seeds, paper = chart["data"]
    assert len(many_seeds["x"]) == 4 and len(one_seeds["x"]) == 4  # a row of one run is its mean
    assert many["x"] == [56.25, 50.0, 50.0] and one["x"] == [37.5, 37.5, 25.0]
    assert many["marker"]["symbol"] == "circle" and one["marker"]["symbol"] == "diamond"
    assert paper["x"] == [44.9, 43.4, 44.3, 42.7] and paper["xaxis"] == "x2"
    json.dumps(chart, allow_nan=False)


def test_a_row_the_paper_does_not_have_says_so() -> None:
    chart = ablation_chart(ablation(run("seven", 0, 0.5, 0.5)))
    assert "no figure" in [words["text"] for words in chart["layout"]["annotations"]]
    assert chart["data"][-1]["x"] == []


def test_the_picks_of_both_metrics_stand_beside_the_paper_s() -> None:
    bars = {bar["name"]: bar["y"] for bar in picks_chart(FIVE)["data"]}
    assert bars["ours: consistent (0.5, 6)"] == [25.0, 75.0, 95.0]
    assert bars["ours: inconsistent (0.5, 2)"][0] == 50.0
    assert bars["paper: consistent (0.5, 6)"] == pytest.approx([24.5, 78.0, 98.1])
    assert len(picks_chart(ablation(run("one2one", 0, one=0.5)))["data"]) == 2


@pytest.mark.parametrize(("kind", "page"), [("png", SLIDE), ("svg", COLUMN), ("pdf", COLUMN)])
def test_the_figure_is_drawn_in_every_kind(kind: str, page) -> None:
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
    every = ablation(*(run(row, 0, 0.5, 0.4) for row in ROWS))
    for known in (FIVE, every, ablation(run("one2one", 0, one=0.5))):
        assert figure_bytes(ablation_figure(known, page=page), kind).startswith(start)
    for known in (FIVE, ten({"inconsistent": -2.0})):
        assert figure_bytes(claims_figure(known, page=page), kind).startswith(start)
    marks = {artist.get_gid() for artist in claims_figure(every).findobj()}
    assert {"ours", "chance", "paper"} < marks
    names = {artist.get_gid() for artist in ablation_figure(FIVE).findobj()}
    assert {f"{path} runs" for path in ANSWERS} < names


def test_the_forest_has_a_line_a_claim_with_interval_margin_and_chance_alone() -> None:
    lines = claim_lines(ten({"inconsistent": -2.0}))
    chart = claims_chart(lines, DARK)
    ours, chance, seeds, beyond, paper = chart["data"]
    assert len(ours["x"]) == len(chance["x"]) == len(paper["x"]) == len(CLAIMS)
    margins = [shape for shape in chart["layout"]["shapes"] if shape["type"] == "rect"]
    assert len(seeds["x"]) == 10 * len(CLAIMS) and len(margins) == len(CLAIMS)
    at = lines.index(next(line for line in lines if line.verdict == "agrees"))
    assert ours["error_x"]["array"][at] == pytest.approx(lines[at].high - lines[at].mean)
    assert beyond["x"] == []
    json.dumps(chart, allow_nan=False)
    table = [line for line in tables.claims_csv(FIVE).splitlines() if ",mean,18.75," in line]
    assert "One-to-many only" in table[0] and table[0].endswith("too few seeds")


def test_rows_with_fewer_seeds_or_none_say_so() -> None:
    whole = ten({})
    own = {"one2one", "attached"}
    kept = [
        one for one in whole.runs if one.row != "double" and (one.row not in own or one.seed < 3)
    ]
    lines = claim_lines(replace(whole, runs=tuple(kept)))
    said = {line.words: line.said for line in lines}
    assert said["Both heads, read without NMS, find more than one-to-one only"] == "3 of 10 seeds"
    assert said["Doubling both exponents (r = 2) changes nothing"] == "no seed has both rows"
    assert seeds_words(lines) == (
        "3 to 10 seeds a claim. 1 claim waits for a row that is not trained. No verdict before 10."
    )
    enough = [line for line in lines if len(line.seeds) != 3]
    assert seeds_words(enough) == "10 seeds. 1 claim waits for a row that is not trained."
    assert not waiting_words(enough)
    assert seeds_words(claim_lines(whole)) == "10 seeds." and not waiting_words(claim_lines(whole))


def test_an_interval_that_two_seeds_leave_wide_does_not_hide_the_differences() -> None:
    two = ten({"inconsistent": -2.0}, noise=1.0)
    lines = claim_lines(replace(two, runs=tuple(one for one in two.runs if one.seed < 2)))
    far = reach(lines)
    seen = max(abs(seed) for line in lines for seed in line.seeds)
    assert far < 4 * max(seen, *(line.paper for line in lines))
    off = [place for place, x, whose in running_off(lines) if whose == "ours" and x > 0]
    assert off == [place for place, line in enumerate(lines) if line.high > far] != []


def test_the_printed_table_lists_the_claims_and_knows_no_nan(tmp_path: Path, capsys) -> None:
    save_ablation(FIVE, tmp_path / "a.json")
    assert main(["verdicts", "--results", str(tmp_path / "a.json"), "--families", "1"]) == 0
    said = capsys.readouterr().out
    assert "nan" not in said.lower() and "no seed has both rows" in said
    assert " 4. Consistent metrics find more than (0.5, 2): " in said
    assert "No margin is stated yet: it takes 3 seeds on shared trunks." in said


def test_the_table_has_every_run_in_full_precision() -> None:
    third = ablation(run("one2one", 0, one=1 / 3), run("consistent", 2, 0.5, 0.375))
    settings, head, first, second = tables.ablation_csv(third).splitlines()
    assert settings.startswith("# trained on blocks train") and "scale pico" in settings
    names, *rows = csv.reader([head, first, second])
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    assert float(rows[0]["AP, one2one"]) == 1 / 3 and rows[0]["AP, one2many + NMS"] == ""
    assert rows[1]["seed"] == "2" and rows[1]["top1"] == "0.25" and rows[1]["gap"] == "4.5"


# ── the page ──

needs_weights = pytest.mark.skipif(not available(), reason="no weights are bundled")


def page(monkeypatch: pytest.MonkeyPatch, path: Path, which: str = "ablation") -> AppTest:
    monkeypatch.setattr(room, "FILE", path)
    return opened("evidence", evidence=which)


@needs_weights
def test_the_page_says_what_nms_was_given_for_its_file(tmp_path: Path, monkeypatch) -> None:
    assert "NMS was given every class of an anchor" in words(opened("ablation"))
    given = replace(FIVE, recipe=FIVE.recipe | {"nms": "two classes of three"})
    save_ablation(given, tmp_path / "a.json")
    assert "NMS was given two classes of three" in words(page(monkeypatch, tmp_path / "a.json"))


@needs_weights
def test_the_page_says_what_the_file_says(tmp_path: Path, monkeypatch) -> None:
    save_ablation(FIVE, tmp_path / "a.json")
    app = page(monkeypatch, tmp_path / "a.json")
    assert not app.error and len(app.get("plotly_chart")) == 2
    absent = "double score half quarter four eight seven small hungarian placebo attached"
    assert f"--rows {absent}`" in app.info[0].value
    assert "A trunk of their own: one-to-one only." in words(app)
    first = tables_of(app)["What each path finds: AP in points"][0]
    assert first["taught"] == "one-to-many only"
    assert first["one-to-many + NMS"] == "56.2 ± 8.8" and first["one-to-one, no NMS"] == "—"


@needs_weights
def test_evidence_opens_with_the_verdicts_of_the_file(tmp_path: Path, monkeypatch) -> None:
    save_ablation(FIVE, tmp_path / "a.json")
    app = page(monkeypatch, tmp_path / "a.json", "verdicts")
    assert len(app.get("plotly_chart")) == 2  # AP, and percent
    assert "**14** with too few seeds" in words(app)
    said = (
        "1 to 2 seeds a claim. 7 claims wait for rows that are not trained. No verdict before 10."
    )
    assert said in words(app) and not app.info
    assert "fewer than 6 seeds" in words(app) and "A single seed has no interval." in words(app)
    claims = tables_of(app)["What the paper says, and what our runs say to it"]
    assert {claim["verdict of our runs"] for claim in claims} == {
        "… no seed has both rows",
        "… 1 of 10 seeds",
        "… 2 of 10 seeds",
    }
    assert claims[0]["each seed"] == "+25.0, +12.5"
    assert claims[0]["95\u00a0% interval"] == "−60.7 … +98.2" and claims[0]["chance alone"] == "—"
    app.button(key="to ablation").click().run()
    assert app.title[0].value.startswith("Are two heads needed") and not app.exception


@needs_weights
@pytest.mark.parametrize("rows", [("one2one",), ("seven",), tuple(ROWS)])
def test_one_seed_of_any_row_is_a_page(rows, tmp_path: Path, monkeypatch) -> None:
    save_ablation(ablation(*(run(row, 0, 0.5, 0.4) for row in rows)), tmp_path / "a.json")
    assert not page(monkeypatch, tmp_path / "a.json").error
    app = page(monkeypatch, tmp_path / "a.json", "verdicts")
    assert not app.error and "**14** with too few seeds" in words(app)


@needs_weights
def test_results_from_before_rows_shared_a_trunk_keep_their_page(
    tmp_path: Path, monkeypatch
) -> None:
    """The ten claims they can bear out or not, nothing said of one trunk, and no row offered that could not join them."""
    eight = (
        "one2many",
        "one2one",
        "consistent",
        "inconsistent",
        "double",
        "score",
        "half",
        "seven",
    )
    runs = ablation(*(run(row, seed, 0.5, 0.4) for row in eight for seed in (0, 1)))
    before = replace(
        runs, recipe={name: value for name, value in runs.recipe.items() if name != "shared_trunk"}
    )
    save_ablation(before, tmp_path / "a.json")
    app = page(monkeypatch, tmp_path / "a.json", "verdicts")
    assert not app.error and "10 statements of the paper" in words(app)
    assert "they judge nothing" in app.info[0].value
    app = page(monkeypatch, tmp_path / "a.json")
    assert not app.error and not app.info and "on one trunk" not in words(app)
    with pytest.raises(ValueError, match="must have the same recipe"):
        runs.joined(before)


@needs_weights
def test_no_file_is_a_sentence_with_the_command_and_a_broken_one_says_what_is_wrong(
    tmp_path: Path, monkeypatch
) -> None:
    app = page(monkeypatch, tmp_path / "none.json")
    assert "python -m dualviz ablate" in app.info[0].value and not app.error
    (tmp_path / "a.json").write_text("{}")
    app = page(monkeypatch, tmp_path / "a.json")
    assert len(app.error) == 1 and "is no ablation" in app.error[0].value
    save_ablation(ablation(), tmp_path / "a.json")
    assert "No run is measured" in page(monkeypatch, tmp_path / "a.json").info[0].value


# ── training ──


@pytest.fixture
def plan(tmp_path: Path):
    """Two small pictures of bright blocks, and runs of two steps over them, measured on the same."""
    from dualviz.training.ablation import Plan

    file = block_set(tmp_path)
    return Plan(
        file,
        None,
        file,
        None,
        str(tmp_path / "out"),
        pictures=4,
        width=96,
        height=64,
        scenes=0,
        judge_smears=0,
    )


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs that were trained, in order; pictures are prepared in this process."""
    pytest.importorskip("pycocotools")
    from dualviz.training import ablation as wing

    real, names = wing.train, []

    def spied(run, **given):
        names.append(Path(run.out).name)
        return real(replace(run, workers=0, batch=2), **given)

    monkeypatch.setattr(wing, "train", spied)
    return names


def test_only_a_head_that_rides_learns_at_a_rate_of_its_own(plan) -> None:
    """What shapes a trunk learns at the trunk's rate, or rows of different trunks would differ in that too."""
    from dualviz.study.ablation import SHARED

    assert plan.run(SHARED, 0).one2one_rate == plan.one2one_rate == 12
    for row in ("one2one", "attached"):
        alone = plan.run(row, 0)
        assert alone.one2one_rate == 1 and alone.pictures == plan.pictures


def test_a_finished_run_is_not_trained_again(plan, trained: list[str], tmp_path: Path) -> None:
    """Rows of a shared trunk are all there once it is measured, asked for or not."""
    from dualviz.training.ablation import ablate

    rows = [ROWS["one2many"], ROWS["consistent"], ROWS["one2one"]]
    shared, second = ablate(plan, rows, [0], device="cpu")
    assert trained == ["shared-0", "one2one-0"]
    assert [run.row for run in shared.runs] == ["one2many", "consistent"]
    (again,) = ablate(plan, [ROWS["consistent"], ROWS["placebo"]], [0], device="cpu")
    assert trained == ["shared-0", "one2one-0"]
    assert [run.row for run in again.runs] == ["consistent", "placebo"]
    assert repr(again.runs[0]) == repr(shared.runs[1])
    save_ablation(second, tmp_path / "a.json")
    kept = load_ablation(tmp_path / "a.json")
    assert kept.shared and [row.name for row in kept.rows] == ["one2many", "one2one", "consistent"]
    assert [run.matching > 0 for run in kept.runs] == ["one2one" in r.heads for r in kept.rows]
    alone = next(run.figures for run in second.runs if run.row == "one2many")
    assert math.isnan(alone.ap["one2one"]) and math.isnan(alone.gap)
    assert not math.isnan(alone.ap["one2many + NMS"]) and math.isnan(alone.alignment[0])
    left = {path.name for path in (Path(plan.out) / "shared-0").iterdir()}
    assert left == {"log.jsonl", "result.json"}


def test_every_row_is_measured_with_the_head_and_by_the_metric_that_it_names(
    plan, trained: list[str], monkeypatch
) -> None:
    from dualviz.training import ablation as wing
    from dualviz.training import measuring

    loaded, settings, asked = [], [], {}
    load, agree, traced = measuring.load_detector, measuring._agree, measuring.trace_prediction

    def agreed(seen, prediction, row, *rest) -> None:
        before = len(settings)
        agree(seen, prediction, row, *rest)
        asked.setdefault(row.name, settings[before])

    monkeypatch.setattr(
        measuring,
        "load_detector",
        lambda file, device: loaded.append(file.name) or load(file, device),
    )
    monkeypatch.setattr(measuring, "_agree", agreed)
    monkeypatch.setattr(
        measuring, "trace_prediction", lambda *given: settings.append(given[-1]) or traced(*given)
    )
    rows = [row for row in ROWS.values() if row.trunk == SHARED]
    assert {"one2one", "attached"} == ROWS.keys() - {row.name for row in rows}
    (made,) = wing.ablate(replace(plan, keep_weights=True), rows, [0], device="cpu")
    assert [run.row for run in made.runs] == [row.name for row in rows]
    assert rows[0].heads == ("one2many",) and math.isnan(made.runs[0].matching)
    assert all(run.matching > 0 for run in made.runs[1:])
    assert loaded == [f"weights-{row.name}.safetensors" for row in rows[1:]]
    told = {name: (one.alpha_one2one, one.beta_one2one) for name, one in asked.items()}
    assert told == {row.name: (row.alpha, row.beta) for row in rows[1:]}
    state = torch.load(Path(plan.out) / "shared-0" / "last.pt", weights_only=True)
    riders = json.loads(state["run"])["riders"]
    taught = {rider["name"]: (rider["teacher"], rider["draw"]) for rider in riders}
    for row in rows[1:]:
        names = ("topk", "alpha", "beta", "keep", "hungarian", "least_side")
        teacher = {name: getattr(row, name) for name in names}
        assert taught.pop(row.name) == (teacher, row.draw)
    assert not taught


def test_runs_of_another_plan_are_not_taken_for_this_one(plan, trained: list[str]) -> None:
    from dualviz.training.ablation import ablate

    list(ablate(plan, [ROWS["one2one"]], [0], device="cpu"))
    with pytest.raises(ValueError, match="must have the same recipe"):
        list(ablate(replace(plan, pictures=6), [ROWS["one2one"]], [0], device="cpu"))
    assert trained == ["one2one-0"]


def test_figures_for_which_nms_was_given_fewer_classes_are_not_mixed_in(
    plan, trained: list[str]
) -> None:
    from dualviz.training.ablation import ablate

    (now,) = ablate(plan, [ROWS["one2many"]], [0], device="cpu")
    before = replace(now, recipe=now.recipe | {"nms": "an anchor's best class"})
    with pytest.raises(ValueError, match="must have the same recipe"):
        list(ablate(plan, [ROWS["one2one"]], [0], device="cpu", known=before))
    assert trained == ["shared-0"]


def test_a_set_of_unknown_classes_is_refused_before_anything_is_trained(
    plan, trained: list[str], tmp_path: Path
) -> None:
    from dualviz.training.ablation import ablate

    other = (tmp_path / "blocks.json").read_text().replace('"block"', '"cell"')
    (tmp_path / "cells.json").write_text(other)
    wrong = replace(plan, judge=str(tmp_path / "cells.json"), judge_images=str(tmp_path / "blocks"))
    with pytest.raises(ValueError, match="they must be the same"):
        list(ablate(wrong, [ROWS["one2many"]], [0], device="cpu"))
    assert not trained


def test_results_of_another_plan_are_refused_before_anything_is_trained(
    plan, trained: list[str]
) -> None:
    from dualviz.training.ablation import ablate

    with pytest.raises(ValueError, match="must have the same recipe"):
        list(ablate(plan, [ROWS["one2many"]], [0], device="cpu", known=FIVE))
    assert not trained


def test_the_command_adds_to_the_results_that_are_there(
    plan, trained: list[str], tmp_path: Path
) -> None:
    from dualviz.commands import main

    results = tmp_path / "results.json"
    for row in ("one2many", "one2one"):
        command = ["ablate", "--annotations", plan.annotations, "--judge", plan.judge]
        command += ["--out", str(tmp_path / row), "--results", str(results), "--rows", row]
        command += ["--seeds", "3", "--pictures", "4", "--width", "96", "--height", "64"]
        command += ["--scenes", "0", "--judge-smears", "0"]
        assert not main([*command, "--device", "cpu"])
    assert [(run.row, run.seed) for run in load_ablation(results).runs] == [
        ("one2many", 3),
        ("one2one", 3),
    ]


def test_a_one_to_one_head_alone_trains_the_trunk_and_beside_another_it_does_not(
    plan, trained: list[str], monkeypatch
) -> None:
    from dualviz.training import train as engine
    from dualviz.training.ablation import ablate

    moved: dict[tuple[str, ...], bool] = {}
    real = engine.losses_of

    def spied(network, *given):
        found = real(network, *given)
        weight = next(iter(network.parameters()))
        felt = sum(loss.total for name, loss in found.items() if name != "one2many")
        (grad,) = torch.autograd.grad(felt, weight, retain_graph=True, allow_unused=True)
        moved[tuple(found)[:2]] = grad is not None and bool(grad.any())
        return found

    monkeypatch.setattr(engine, "losses_of", spied)
    rows = [ROWS[name] for name in ("one2one", "consistent", "attached")]
    first, *_ = ablate(replace(plan, keep_weights=True), rows, [0], device="cpu")
    assert moved == {
        ("one2one",): True,
        ("one2many", "consistent"): False,
        ("one2many", "one2one"): True,
    }
    torch.manual_seed(0)  # of the run: the untaught head stands where it began
    start = DualDetector("pico", 1).state_dict()
    end = torch.load(Path(plan.out) / "one2one-0" / "last.pt", weights_only=True)["network"]
    left = {
        name: torch.equal(start[name], end[name])
        for name in start
        if not name.endswith("num_batches_tracked")
    }
    assert all(same for name, same in left.items() if ".23.cv" in name)
    assert not any(same for name, same in left.items() if ".23.one2one_cv2.0.2.w" in name)
    figures = first.runs[0].figures
    assert math.isnan(figures.ap["one2many raw"]) and not math.isnan(figures.ap["one2one"])
