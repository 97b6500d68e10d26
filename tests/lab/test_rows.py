"""Claims about what the laboratory shows beside the picture: rows in order, rungs, the plane's borders, flags, sentences."""

import math

import pytest
from lab_reference import in_node, make_case, needs_node

pytestmark = needs_node

BEGIN = """
    const { createEngine } = await import("../dualviz/lab/engine/engine.js");
    const { base64Bytes, unpack } = await import("../dualviz/lab/engine/payload.js");
    const { candidateRows } = await import("../dualviz/lab/laboratory/rows.js");
    const { ladderRungs } = await import("../dualviz/lab/laboratory/ladder.js");
    const { pickPosition, planeDomain, seenHeads } = await import("../dualviz/lab/laboratory/planedomain.js");
    const S = await import("../dualviz/lab/laboratory/summary.js");
    const opened = ({ payload, truth }) => {
        const engine = createEngine(unpack(base64Bytes(payload)));
        engine.setTruth(truth);
        return engine;
    };
"""
CASES = [make_case(seed).sent() for seed in range(40)]


@pytest.mark.parametrize(
    "sort", ["rank", "rank1", "p", "p1", "u", "m", "m1", "t", "anchor", "level"]
)
@pytest.mark.parametrize("descending", [False, True])
def test_rows_stand_in_the_order_that_was_asked_for(sort: str, descending: bool) -> None:
    """Those without a rank stand last whichever way, and what is equal by one-to-many rank and then by anchor."""
    script = """
        console.log(JSON.stringify(given.cases.flatMap((one) => one.truth.boxes.map((_, g) => {
            const engine = opened(one);
            const { rows, total } = candidateRows(engine, engine.compute(one.knobs, g), given);
            return { total, rows: rows.map((row) => ({ ...row, m: row.logM, m1: row.logM1, level: engine.payload.level[row.anchor] })) };
        }))));
    """
    told = in_node(BEGIN + script, {"cases": CASES[:14], "sort": sort, "descending": descending})
    turn = -1 if descending else 1

    def place(row: dict) -> tuple:
        value = row[sort]
        value = -math.inf if value is None else value
        last = sort in ("rank", "rank1") and value == 0
        return last, 0 if last else turn * value, row["rank"] or math.inf, row["position"]

    for one in told:
        assert len(one["rows"]) == one["total"]
        assert [place(row) for row in one["rows"]] == sorted(map(place, one["rows"]))


def test_rungs_are_the_one_to_many_list_and_a_pick_beyond_it_has_one_of_its_own() -> None:
    script = """
        console.log(JSON.stringify(given.flatMap((one) => one.truth.boxes.map((_, g) => {
            const engine = opened(one);
            const result = engine.compute(one.knobs, g);
            const [many] = result.each[g].heads;
            return { rungs: ladderRungs(result), picks: [...many.picks.subarray(0, many.pickCount)], kept: [...many.kept.subarray(0, many.pickCount)], pick: result.selected.pick, rank: result.selected.rankOfPick };
        }))));
    """
    told = in_node(BEGIN + script, CASES)
    beyond = 0
    for one in told:
        rungs, picks = one["rungs"], one["picks"]
        within = rungs[: len(picks)]
        assert [rung["anchor"] for rung in within] == picks
        assert [rung["rank"] for rung in within] == list(range(1, len(picks) + 1))
        assert [rung["state"] for rung in within] == [
            "kept" if kept else "lost" for kept in one["kept"]
        ]
        assert [rung["pick"] for rung in within] == [anchor == one["pick"] for anchor in picks]
        assert all(not rung["beyond"] for rung in within)
        far = one["rank"] > len(picks)
        wanted = {
            "rank": one["rank"],
            "anchor": one["pick"],
            "state": "out",
            "pick": True,
            "beyond": True,
        }
        assert rungs[len(picks) :] == [wanted] * far
        beyond += far
    assert beyond > 3
    assert any(one["rank"] == len(one["picks"]) > 0 for one in told), "the last rung is a case"


def test_the_plane_shows_winner_and_pick_and_most_first_choices_down_to_a_millionth_of_them() -> (
    None
):
    script = """
        console.log(JSON.stringify(given.flatMap((one) => one.truth.boxes.flatMap((_, g) => [[true, false], [false, false], [false, true]].map(([locked, shared]) => {
            const engine = opened(one);
            const result = engine.compute({ ...one.knobs, locked, shared }, g);
            const heads = seenHeads(result).map((head, h) => {
                const { positions, pickCount } = result.each[g].heads[h];
                return Array.from(positions.subarray(0, pickCount), (i) => [head.logP[i], head.logU[i], head.rank[i]]);
            });
            const at = pickPosition(result);
            return { domain: planeDomain(result), heads, locked, shared, pick: at < 0 ? null : seenHeads(result).map((head) => [head.logP[at], head.logU[at], head.rank[at]]) };
        })))));
    """
    told = in_node(BEGIN + script, CASES)
    for one in told:
        assert len(one["heads"]) == (2 if not one["locked"] and not one["shared"] else 1)
        for axis, name in enumerate("xy"):
            low, high = one["domain"][name]
            assert low < high <= 0.06
            first = [point[axis] for head in one["heads"] for point in head]
            if not first:
                assert (low, high) == (-2, 0)
                continue
            least = max(first) - math.log(1e6)
            inside = [value for value in first if low <= value <= high]
            assert len(inside) >= 0.9 * len(first) or min(first) < least
            sure = [head[0][axis] for head in one["heads"] if head]
            sure += [point[axis] for point in one["pick"] or [] if point[2] > 0]
            assert all(low <= value <= high or value < least for value in sure)
            room = max(0.06, max(first + sure) - max(least, min(first + sure)))
            assert low >= max(least, min(first + sure)) - 0.25 * room - 1 / 40 - 1e-9
    assert {len(one["heads"]) for one in told} == {1, 2}


def test_an_outlier_among_the_first_choices_does_not_stretch_the_plane() -> None:
    """Twenty picks of which two score far less: nine tenths are seen."""
    script = """
        const logP = Float64Array.from(given), n = logP.length;
        const positions = Int32Array.from({ length: n }, (_, i) => i);
        const head = { logP, logU: logP, rank: Int32Array.from(positions, (i) => i + 1) };
        const heads = [{ positions, pickCount: n }, { positions, pickCount: 1 }];
        console.log(JSON.stringify(planeDomain({ knobs: { locked: true }, selected: { heads: [head, head] }, each: [{ heads }], object: 0 })));
    """
    low, _ = in_node(BEGIN + script, [-0.1 - 0.01 * i for i in range(18)] + [-5.0, -6.0])["x"]
    assert -0.45 < low < -0.27


@pytest.mark.parametrize(
    ("many", "one", "flag"),
    [
        ({}, {}, ""),
        ({"empty": True, "unmatched": True}, {"empty": True, "unmatched": True}, "no candidate"),
        ({"unmatched": True}, {"unmatched": True}, "no positive"),
        ({}, {"unmatched": True}, "no one-to-one positive"),
        ({"unmatched": True}, {}, "no one-to-many positive"),
        ({}, {"gainedCount": 1}, "2 one-to-one positives"),
    ],
)
def test_an_object_is_flagged_for_what_is_amiss_with_it(many: dict, one: dict, flag: str) -> None:
    script = """
        const head = { keptCount: 1, gainedCount: 0, empty: false, unmatched: false };
        const flag = (more) => S.objectFlag({ missing: false, inside: 9, heads: given.map((own) => ({ ...head, ...own })), ...more });
        console.log(JSON.stringify([flag({}), flag({ missing: true }), flag({ inside: 0 })]));
    """
    assert in_node(BEGIN + script, [many, one]) == [flag, "class not carried", "no anchor inside"]


def test_one_order_is_said_of_equal_ratios_and_the_floor_only_where_there_is_one() -> None:
    script = """
        const ratio = (a, b, c, d) => S.sameRatio([{ alpha: a, beta: b }, { alpha: c, beta: d }]);
        const gap = (floor) => S.gapSentence({
            selected: { object: 0, pick: 3, gap: { floor, value: 2, ceiling: 4, best: 1 } },
            knobs: { shared: false }, rules: {}, each: [{ heads: [{ pickCount: 5 }] }],
        });
        console.log(JSON.stringify([[ratio(0.5, 6, 1, 12), ratio(0.5, 6, 0.51, 6), ratio(0.01, 0.02, 0.02, 0.02)], [gap(0), gap(1e-12), gap(1.5)]]));
    """
    ratios, gaps = in_node(BEGIN + script)
    assert ratios == [True, False, False]
    assert ["floor" in words for words in gaps] == [False, False, True]
    assert all("the pick is positive 1 of 5" in words for words in gaps)


def test_an_empty_ladder_has_no_caption() -> None:
    script = """
        const { ladderCaption } = await import("../dualviz/lab/laboratory/panels.js");
        const of = (pickCount, keptCount) => ladderCaption({ selected: {}, object: 0, each: [{ heads: [{ pickCount, keptCount }] }] });
        console.log(JSON.stringify([of(0, 0), of(1, 1), of(7, 6), ladderCaption({ selected: null })]));
    """
    empty, single, some, nobody = in_node(BEGIN + script)
    assert empty == nobody == ""
    assert single == "the 1 anchor taught in the one-to-many head"
    assert some.startswith("6 of the 7 anchors")
