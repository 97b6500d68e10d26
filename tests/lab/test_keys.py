"""Claims about the keyboard of both live pages: what each key does, where it is silent, and that it is told to nobody else."""

import pytest
from lab_reference import in_node, needs_node

pytestmark = needs_node

PAGE = """
    const body = {};
    const listened = [];
    const element = () => ({ replaceChildren() {}, append() {}, classList: { add() {} } });
    globalThis.document = { body, activeElement: body, querySelector: () => null, createElement: element, addEventListener: (_, act) => listened.push(act), removeEventListener() {} };
    const target = (kind) => ({ kind, matches: (selector) => kind !== "" && selector.split(",").some((one) => one.trim() === kind) });
    const pressed = (key, { on = target(""), ...more } = {}) => {
        const event = { key, target: on, composedPath: () => [on], prevented: false, preventDefault() { event.prevented = true; }, stopPropagation() {}, ...more };
        return event;
    };
"""

LABORATORY = (
    PAGE
    + """
    const { listenKeys } = await import("../dualviz/lab/laboratory/keys.js");
    const { cleanKnobs, cleanView } = await import("../dualviz/lab/engine/knobs.js");
    const calls = [];
    const stage = target("canvas");
    const help = { open: false };
    const parts = { help, "help-list": element(), stage };
    const act = (name) => (...given) => calls.push([name, ...given]);
    const lab = {
        root: { addEventListener: (_, listener) => listened.push(listener) }, part: (name) => parts[name],
        payload: { levels: [{ name: "P3" }, { name: "P4" }, { name: "P5" }] }, result: { objects: 3 }, object: 0, tool: "look", reading: { anchor: 7 },
        knobs: cleanKnobs(), view: cleanView(),
        choose: act("choose"), setView: act("view"), setKnobs: act("knobs"), pin: act("pin"),
    };
    const actions = Object.fromEntries(["leave", "panel", "formula", "more", "lock", "edit", "undo", "redo", "reset", "help"].map((name) => [name, act(name)]));
    Object.assign(actions, { steps: { toggle: act("play"), by: act("step") }, editor: { walk: act("walk"), remove: act("remove") } });
    listenKeys(lab, actions);
    const [onRoot] = listened;
    const press = (key, more) => {
        calls.length = 0;
        const event = pressed(key, more);
        onRoot(event);
        return { calls: [...calls], prevented: event.prevented };
    };
"""
)


def test_every_key_of_the_laboratory_does_what_its_list_says() -> None:
    script = """
        const told = {};
        for (const key of ["n", "]", "p", "0", "3", "5", "6", "h", "l", "o", "z", "Escape", ",", ".", "v", "f", "m", "k", "s", "d", "e", "u", "x", "t", "?", "N"]) told[key] = press(key).calls;
        lab.object = 2;
        told.wraps = press("n").calls;
        lab.view.head = "one2one";
        told.both = press("h").calls;
        lab.view.layer = "none";
        told.layer = press("l").calls;
        lab.result.objects = 0;
        lab.object = -1;
        told.none = [press("n").calls, press("p").calls];
        console.log(JSON.stringify(told));
    """
    told = in_node(LABORATORY + script)
    assert told["n"] == told["]"] == told["N"] == [["choose", 1]]
    assert told["p"] == [["choose", 2]] and told["wraps"] == [["choose", 0]]
    assert told["0"] == [["view", {"level": "all"}]]
    assert told["3"] == [["view", {"level": "0"}]] and told["5"] == [["view", {"level": "2"}]]
    assert told["6"] == []
    assert told["h"] == [["view", {"head": "one2one"}]]
    assert told["both"] == [["view", {"head": "both", "zoom": True}]]
    assert told["l"] == [["view", {"layer": "p"}]] and told["layer"] == [["view", {"layer": "m"}]]
    assert told["o"] == [["view", {"log": True}]] and told["t"] == [["view", {"large": True}]]
    assert told["z"][0][0] == "view" and told["Escape"] == [["leave"]]
    assert told[","] == [["step", -1]] and told["."] == [["step", 1]]
    assert told["s"] == [["knobs", {"shared": True}]] and told["d"] == [
        ["knobs", {"mode": "paper"}]
    ]
    for key, name in zip(
        "vfmkeux?", ["panel", "formula", "more", "lock", "edit", "undo", "reset", "help"]
    ):
        assert told[key] == [[name]], key
    assert told["none"] == [[["choose", 0]], [["choose", 0]]]


def test_keys_of_the_laboratory_are_silent_where_they_mean_something_else() -> None:
    script = """
        const at = (kind) => ({ on: target(kind) });
        const told = {
            typing: [press("n", at('input[type="number"]')), press("n", at("select")), press("z", { ...at("textarea"), ctrlKey: true })],
            alt: press("n", { altKey: true }),
            undo: press("z", { ctrlKey: true }), redo: press("Z", { ctrlKey: true, shiftKey: true }), again: press("y", { metaKey: true }), other: press("n", { ctrlKey: true }),
            space: press(" "), button: press(" ", at("button")), box: press(" ", at("input")),
            enter: press("Enter"), pin: press("Enter", { on: stage }),
            arrow: press("ArrowLeft"), walk: press("ArrowLeft", { on: stage }), resize: press("ArrowDown", { on: stage, shiftKey: true }),
            remove: press("Delete"),
            handled: press("n", { defaultPrevented: true }),
            unknown: press("q"),
        };
        lab.tool = "edit";
        told.removed = [press("Delete"), press("Backspace")];
        help.open = true;
        told.help = [press("n"), press("?")];
        help.open = false;
        const onPage = listened[0] === onRoot ? listened[1] : listened[0];
        const page = (key, asked, focus) => {
            calls.length = 0;
            document.querySelector = () => asked;
            document.activeElement = focus;
            onPage(pressed(key, { on: body, target: body }));
            return [...calls];
        };
        told.page = [page("n", null, body), page("n", {}, body), page("n", null, {})];
        console.log(JSON.stringify(told));
    """
    told = in_node(LABORATORY + script)
    quiet = {"calls": [], "prevented": False}
    assert told["typing"] == [quiet] * 3 and told["alt"] == told["other"] == quiet
    assert told["handled"] == told["unknown"] == told["enter"] == told["arrow"] == quiet
    assert told["undo"]["calls"] == [["undo"]]
    assert told["redo"]["calls"] == told["again"]["calls"] == [["redo"]]
    assert told["space"]["calls"] == [["play"]] and told["button"] == told["box"] == quiet
    assert told["pin"]["calls"] == [["pin", 7]] and told["pin"]["prevented"]
    assert told["walk"]["calls"] == [["walk", -1, 0, None]]
    assert told["resize"]["calls"] == [["walk", 0, 1, True]]
    assert told["remove"]["calls"] == []
    assert [one["calls"] for one in told["removed"]] == [[["remove"]]] * 2
    assert [one["calls"] for one in told["help"]] == [[], [["help"]]]
    assert told["page"] == [[["choose", 1]], [], []], (
        "not while a dialog or something else has the keys"
    )


def test_keys_of_the_outputs_do_what_their_list_says() -> None:
    script = (
        PAGE
        + """
        const { listenDetectionKeys } = await import("../dualviz/lab/detections/sliders.js");
        const calls = [];
        const help = { open: false };
        const names = ["zoom-in", "zoom-out", "zoom-all", "step-back", "step-on", "play", "agnostic", "multi", "reset", "large", "help"];
        const doing = Object.fromEntries(names.map((name) => [name, () => calls.push(name)]));
        const root = { addEventListener: (_, listener) => listened.push(listener) };
        listenDetectionKeys({ root, part: (name) => (name === "help" ? help : element()) }, doing);
        const press = (key, more) => {
            calls.length = 0;
            listened[0](pressed(key, more));
            return [...calls];
        };
        const keys = ["+", "=", "-", "0", ",", ".", " ", "a", "m", "x", "t", "?", "q"].map((key) => press(key));
        const silent = [press(" ", { on: target("button") }), press("a", { on: target("select") }), press("a", { ctrlKey: true }), press("a", { defaultPrevented: true })];
        help.open = true;
        console.log(JSON.stringify([keys, silent, [press("a"), press("?")]]));
    """
    )
    keys, silent, asked = in_node(script)
    wanted = [
        "zoom-in",
        "zoom-in",
        "zoom-out",
        "zoom-all",
        "step-back",
        "step-on",
        "play",
        "agnostic",
        "multi",
        "reset",
        "large",
        "help",
    ]
    assert keys == [[name] for name in wanted] + [[]]
    assert silent == [[]] * 4 and asked == [[], ["help"]]


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"r": 1, "shared": True}, "m′ = m^r keeps every order"),
        ({"r": 2, "shared": True}, "m′ = m^2.00 keeps every order"),
        ({"r": 2}, "own metric to the power 2.00"),
        ({"locked": False}, "Unlocked: the one-to-one head has its own α′, β′"),
    ],
)
def test_the_law_is_said_with_the_power_that_holds(knobs: dict, words: str) -> None:
    script = """
        const { lawSentence } = await import("../dualviz/lab/laboratory/controls.js");
        const { cleanKnobs } = await import("../dualviz/lab/engine/knobs.js");
        console.log(JSON.stringify(lawSentence({ knobs: cleanKnobs(given) })));
    """
    told = in_node(script, knobs)
    assert words in told
    assert told.endswith("paper’s proof.") == bool(knobs.get("shared"))
