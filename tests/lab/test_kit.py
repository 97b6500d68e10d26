"""Claims about what every live view stands on: words for numbers, colours, frames, a state that is kept."""

import pytest
from lab_reference import in_node, needs_node

from dualviz.charts import palette

pytestmark = needs_node


def test_places_and_small_shares_are_written_as_one_says_them() -> None:
    script = """
        const { ordinal, plain } = await import("../dualviz/lab/kit/numbers.js");
        console.log(JSON.stringify([given.places.map(ordinal), given.shares.map(plain)]));
    """
    places = [1, 2, 3, 4, 10, 11, 12, 13, 14, 21, 22, 23, 101, 111, 112, 113]
    shares = [0.965, 0.001, 0.0009, 0.00001, 3.2e-5, 1e-7, 0]
    said, written = in_node(script, {"places": places, "shares": shares})
    endings = [
        "st",
        "nd",
        "rd",
        "th",
        "th",
        "th",
        "th",
        "th",
        "th",
        "st",
        "nd",
        "rd",
        "st",
        "th",
        "th",
        "th",
    ]
    assert said == [f"{n}{ending}" for n, ending in zip(places, endings, strict=True)]
    assert written == [
        "0.965",
        "0.00100",
        "0.0009",
        "0.00001",
        "0.00003",
        "less than 0.000001",
        "0",
    ]


def test_a_sentence_that_counts_takes_the_form_its_language_asks_for() -> None:
    script = """
        const { speak, t, tn, joined, spokenTag } = await import("../dualviz/lab/kit/words.js");
        const said = [0, 1, 2, 5].map((n) => tn("{n} box", "{n} boxes", n));
        speak("pl", { "{n} box": ["{n} ramka", "{n} ramki", "{n} ramek"] }, (n) => (n === 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 ? 1 : 2));
        said.push(...[1, 2, 5].map((n) => tn("{n} box", "{n} boxes", n)), t("unknown {what}", { what: "x" }), spokenTag());
        const parts = [t("{share} % of {what}", { share: 80, what: "x" }), t("95 % of {what}")];
        console.log(JSON.stringify([said, joined("a.", "b."), joined("好。", "是。"), parts]));
    """
    said, spaced, close, parts = in_node(script)
    assert parts == ["80\xa0% of x", "95\xa0% of {what}"], "no line ends before the sign"
    assert said[:4] == ["0 boxes", "1 box", "2 boxes", "5 boxes"]
    assert said[4:7] == ["1 ramka", "2 ramki", "5 ramek"]
    assert said[7:] == ["unknown x", "pl"] and (spaced, close) == ("a. b.", "好。是。")


def test_heat_and_push_run_through_the_palettes_stops() -> None:
    """Both ends and every stop of Matplotlib's table; 0 of the push is nearly clear, its ends are the strongest colours."""
    script = """
        const { heatWords, pushWords, scaleStops } = await import("../dualviz/lab/kit/ink.js");
        const rgba = (words) => Array.from(words, (word) => [word & 255, (word >> 8) & 255, (word >> 16) & 255, word >>> 24]);
        console.log(JSON.stringify([rgba(heatWords()), rgba(pushWords()), scaleStops(false), scaleStops(true)]));
    """
    heat, push, heat_stops, push_stops = in_node(script)
    table = [[*bytes.fromhex(palette.CIVIDIS[6 * i : 6 * i + 6])] for i in range(16)]
    for i, wanted in enumerate(table):
        assert heat[17 * i][:3] == wanted
        assert heat_stops[i] == [i / 15, f"#{palette.CIVIDIS[6 * i : 6 * i + 6]}"]
    middle = [round((a + b) / 2) for a, b in zip(table[0], table[1])]
    assert all(abs(a - b) <= 3 for a, b in zip(heat[8][:3], middle)), "between two stops a mixture"
    least, most = (255 * share for share in palette.HEAT_OPACITY)
    assert heat[0][3] == pytest.approx(least) and heat[255][3] == pytest.approx(most)
    assert heat[128][3] == pytest.approx((least + most) / 2, abs=1)
    for share, *colour, alpha in palette.PUSH_STOPS:
        seen = push[round(1 + 254 * share)]
        assert all(abs(a - b) <= 2 for a, b in zip(seen[:3], colour)), share
        assert seen[3] == pytest.approx(255 * alpha, abs=3)
    assert [share for share, _ in push_stops] == [stop[0] for stop in palette.PUSH_STOPS]


def test_dark_is_what_is_darker_than_mid_grey_to_the_eye() -> None:
    script = """
        globalThis.document = { createElement: () => ({ getContext: () => ({
            fillRect() {},
            getImageData() { return { data: this.fillStyle.match(/\\w\\w/g).map((part) => parseInt(part, 16)) }; },
        }) }) };
        const { isDark } = await import("../dualviz/lab/kit/ink.js");
        console.log(JSON.stringify(given.map(isDark)));
    """
    told = in_node(script, ["#ffffff", "#0e1117", "#606060", "#a0a0a0", "#0000ff", "#00ff00"])
    assert told == [False, True, True, False, True, False]


def test_a_state_is_kept_for_its_room_key_picture_and_revision() -> None:
    script = """
        const { keepState, keptState } = await import("../dualviz/lab/kit/kept.js");
        keepState("lab", "a", "id", 3, "state");
        keepState("lab", undefined, "id", 3, "nobody's");
        console.log(JSON.stringify([["lab", "a", "id", 3], ["lab", "a", "id", 4], ["lab", "a", "other", 3], ["lab", "b", "id", 3], ["det", "a", "id", 3], ["lab", undefined, "id", 3]].map((asked) => keptState(...asked))));
    """
    assert in_node(script) == ["state", None, None, None, None, None]


def test_what_is_marked_is_drawn_once_in_the_next_frame_and_a_release_waits_for_it() -> None:
    script = """
        const waiting = [];
        globalThis.requestAnimationFrame = (draw) => waiting.push(draw);
        globalThis.cancelAnimationFrame = () => waiting.pop();
        const { createFrame, createRelease } = await import("../dualviz/lab/kit/frame.js");
        const [drawn, counts, tally] = [[], [], { renders: 0, lastMs: 0, frames: [] }];
        const frame = createFrame(["a", "b"], (dirty) => drawn.push({ ...dirty }), tally);
        const next = () => waiting.splice(0).forEach((draw) => draw());
        frame.mark("a");
        counts.push(waiting.length); // nothing to draw yet
        frame.open();
        frame.mark("a");
        frame.mark("b");
        frame.mark("a");
        counts.push(waiting.length);
        next();
        frame.mark("b");
        let sent = 0;
        const { release, settle } = createRelease(frame, () => (sent += 1));
        release();
        release();
        await new Promise((done) => setTimeout(done, 260));
        counts.push(sent); // the frame has not come
        next();
        await new Promise((done) => setTimeout(done, 260));
        counts.push(sent);
        settle();
        counts.push(sent); // nothing waits
        frame.mark("a");
        release();
        settle();
        counts.push(sent); // drawn and sent at once
        await new Promise((done) => setTimeout(done, 260));
        counts.push(sent); // and not again
        console.log(JSON.stringify({ drawn, counts, renders: tally.renders, waits: frame.waits }));
    """
    told = in_node(script)
    assert told["counts"] == [0, 1, 0, 1, 1, 2, 2]
    assert told["drawn"] == [
        {"a": True, "b": True},
        {"a": False, "b": True},
        {"a": True, "b": False},
    ]
    assert told["renders"] == 3 and told["waits"] is False


def test_where_many_objects_are_missed_no_plate_is_wider_than_its_object() -> None:
    """Few are all named; of many, those whose plate would hide their neighbours have a square."""
    script = """
        const { paintMissed } = await import("../dualviz/lab/detections/frames.js");
        globalThis.Path2D = class { constructor() { this.rects = []; } rect(...each) { this.rects.push(each); } };
        const count = (boxes) => {
            const words = [], squares = [];
            const context = {
                measureText: (text) => ({ width: 8 * text.length }),
                fillText: (text) => words.push(text),
                fill: (path) => squares.push(path.rects.length),
                fillRect() {}, stroke() {}, setLineDash() {},
            };
            const page = { ink: { size: 16, font: "sans" }, truth: { boxes } };
            paintMissed(context, { width: 500, height: 500, scale: 1, x0: 0, y0: 0 }, page, boxes.map((_, g) => g));
            return [words.length, Math.max(0, ...squares)];
        };
        console.log(JSON.stringify(given.map(count)));
    """
    small = [[3 * x, 20, 3 * x + 12, 40] for x in range(100)]
    large = [[4 * x, 20, 4 * x + 90, 90] for x in range(60)]
    assert in_node(script, [small[:10], small, large, small + large]) == [
        [10, 0],
        [0, 100],
        [60, 0],
        [60, 100],
    ]
