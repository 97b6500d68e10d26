"""Claims about the pages in other languages, in a real browser: nothing a reader can see goes past the door."""

import re

import pytest

from dualviz.words import catalogue

pytestmark = pytest.mark.browser

# Every text of the page, shadow roots included, with the attributes that are read out; and what canvases were told to write.
COLLECT = """
(root) => {
  const found = new Set(window.written ?? []);
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { found.add(node.textContent); return; }
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["STYLE", "SCRIPT", "NOSCRIPT"].includes(node.tagName)) return;
      if (node.dataset.testid === "stMainMenu" || node.dataset.testid === "stAppDeployButton" || /Icon/.test(node.dataset.testid)) return;
      for (const name of ["title", "aria-label", "placeholder", "aria-roledescription", "aria-valuetext"]) {
        if (node.hasAttribute(name)) found.add(node.getAttribute(name));
      }
      if (node.matches("p, li, h1, h2, h3, text") && node.querySelector("strong, code, tspan, .katex")) {
        const whole = node.cloneNode(true); // one sentence, whatever in it is bold; formulas are no words
        whole.querySelectorAll(".katex, [data-testid=stIconMaterial]").forEach((part) => part.remove());
        found.add(whole.textContent);
        return;
      }
      if (node.shadowRoot) visit(node.shadowRoot);
    }
    node.childNodes.forEach(visit);
  };
  visit(root);
  return [...found];
}
"""
LISTEN = """
window.written = new Set();
const fill = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (words, ...rest) { window.written.add(words); return fill.call(this, words, ...rest); };
"""
DATA = {
    *("Cell", "RBC", "WBC", "Platelets", "pico", "cells", "photos", "DualViz", "Python", "Sparse"),
    *(
        "IoU",
        "CIoU",
        "AP",
        "BCE",
        "Top",
        "log",
        "top",
        "CPU",
        "CUDA",
        "MPS",
        "px",
        "PNG",
        "SVG",
        "PDF",
        "CSV",
        "YOLOv",
        "YOLO",
    ),
    *("Enter", "Esc", "Space", "Delete", "English", "qps", "o2m", "o2o", "max"),
}
STREAMLIT = {  # its own words, which it does not translate, and names of its icons
    *(
        "Skip to main content",
        "App pages",
        "Sidebar",
        "Collapse sidebar",
        "2 more",
        "Open",
        "Upload",
    ),
    *("Expand sidebar", "Link to heading", "Increment", "Decrement"),
    *("Running...", "Stop"),
    *("Choose an option", "200MB per file", "file upload", "Help for", "verified icon"),
    *("add_photo_alternate", "data_object", "download", "upload_file", "verified", "touch_app"),
}


def opened(page, address: str):
    """The app's laboratory, drawn."""
    page.add_init_script(LISTEN)
    page.goto(address)
    page.locator(".dv[data-ready=yes]").wait_for(timeout=60_000)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.wait_for_timeout(1500)


def driven(page) -> set[str]:
    """What the page says at first and through the states a hand brings it to."""
    said = set(page.locator("body").evaluate(COLLECT))

    def then(script: str, pause: int = 250) -> None:
        page.evaluate(f"() => {{ const lab = window.found.__lab.lab; {script} }}")
        page.wait_for_timeout(pause)
        said.update(page.locator("body").evaluate(COLLECT))

    page.locator(".dv").evaluate("(element) => { window.found = element; }")
    for layer in ("p", "u", "s", "t", "b", "g", "none", "m"):
        then(f'lab.setView({{ layer: "{layer}", log: {str(layer == "g").lower()} }});', 60)
    for step in ("candidates", "metric", "topk", "conflicts", "targets"):
        then(f'lab.setView({{ step: "{step}" }});', 60)
    then("lab.pin(lab.reading.anchor);", 700)
    then("lab.pin(lab.reading.anchor); lab.inspect(0, true);", 700)
    then('lab.setKnobs({ shared: true, mode: "paper", r: 2 });', 1500)
    then("lab.setKnobs({ locked: false, alpha1: 1.5, shared: false });")
    for panel in ("order", "plane", "gap", "why"):
        then(f"lab.setView({{ panel: '{panel}', formula: true, table: true }});")
    then("window.found.querySelector('[data-do=more]').click();")
    then("lab.setView({ head: 'both', large: true });")
    then("lab.edit({ boxes: [], labels: [] }, -1);", 1500)
    then("lab.history.undo(); lab.edit(lab.history.present, -2);", 1500)
    then("window.found.querySelector('[data-do=help]').click();")
    return said


FROM_FILES = re.compile(  # names of sets and machines, and commands
    r"cells (train|val), \d+( pictures)?|x86_64.*|python -m .*|pico-\w+"
)


def unmarked(said: set[str]) -> set[str]:
    """Words outside the marks, data and symbols apart."""
    left = set()
    for text in said:
        rest = re.sub(
            r"[^\s⟦⟧]*/[^\s⟦⟧]+|\w+\.(?:com|pt)\b|\bAGPL\b", " ", text
        )  # addresses, files, licences
        while "⟦" in rest and (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)) != rest:
            rest = shorter
        rest = FROM_FILES.sub(" ", rest.removeprefix("Fullscreen: "))
        if rest.strip() not in STREAMLIT and not re.fullmatch(r"\d+ more|\w+ icon", rest.strip()):
            left |= {text for word in re.findall(r"[A-Za-z]{2,}", rest) if word not in DATA}
    return left


def test_no_word_of_the_laboratory_goes_past_the_door(server, page) -> None:
    opened(page, f"{server}/laboratory?lang=qps")
    said = driven(page)
    assert sum("⟦" in text for text in said) > 200, "the page speaks the marked language"
    assert unmarked(said) == set()


def test_the_laboratory_speaks_chinese_to_a_chinese_browser(server, chromium) -> None:
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    opened(page, f"{server}/laboratory")
    said = driven(page)
    assert page.locator(".dv").get_attribute("lang") == "zh-CN"
    english = {key for key in catalogue("zh_CN").entries if re.search(r"[A-Za-z]{3}", key)}
    same = {key for key in english if catalogue("zh_CN").one(key) == key}
    assert {text.strip() for text in said} & (english - same) <= DATA | STREAMLIT
    assert "监督差距" in {text.strip() for text in said} and "锚点" in "".join(said)
    assert "lang=" not in page.url, "the browser's own language is absent from the link"
    context.close()


def test_another_language_keeps_what_the_hand_has_set(server, page) -> None:
    opened(page, f"{server}/laboratory?a=0.9&o=2")
    page.locator(".dv").evaluate(
        "(element) => { element.__lab.lab.setKnobs({ beta: 4 }); element.__lab.lab.setView({ layer: 'p' }); }"
    )
    page.get_by_text("Python recomputed").wait_for(timeout=30_000)
    for words, label, tag in (("简体中文", "Language", "zh-CN"), ("English", "语言", "en")):
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=words).click()
        page.locator(f".dv[lang={tag}][data-ready=yes]").wait_for(timeout=60_000)
        page.wait_for_timeout(500)
        state = page.locator(".dv").evaluate("(element) => element.__lab.state")
        assert (state["knobs"]["alpha"], state["knobs"]["beta"]) == (0.9, 4)
        assert (state["object"], state["view"]["layer"]) == (2, "p")
    assert "lang=" not in page.url


def test_no_word_of_the_three_outputs_goes_past_the_door(server, page) -> None:
    page.add_init_script(LISTEN)
    page.goto(f"{server}/detections?lang=qps&pic=overlapping&conf=0.1&iou=0.4")
    live = page.locator(".dvd[data-ready=yes]")
    live.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    said = set(live.evaluate(COLLECT))
    for script in (
        "page.look({ step: 3 })",
        "page.set({ agnostic: true })",
        "page.look({ of: 'raw', pair: null })",
        "root.querySelector('[data-part=clinic-pairs] button').click()",
        "page.look({ of: 'free' })",
        "page.set({ conf: 0.99, max: 1 })",
        "root.querySelector('[data-do=help]').click()",
    ):
        live.evaluate(f"(root) => {{ const {{ page }} = root.__detections; {script}; }}")
        page.wait_for_timeout(900)
        said |= set(live.evaluate(COLLECT))
    assert sum("⟦" in text for text in said) > 120
    assert unmarked(said) == set()


@pytest.mark.parametrize(
    "path",
    [
        *("laboratory?view=agreement", "laboratory?view=loss", "training", "evidence"),
        *("evidence?evidence=ablation", "evidence?evidence=evaluation"),
    ],
)
def test_no_word_of_the_other_pages_goes_past_the_door(server, page, path: str) -> None:
    page.goto(f"{server}/{path}{'&' if '?' in path else '?'}lang=qps")
    page.locator("h1").wait_for(timeout=60_000)
    if "evaluation" not in path:
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    said = set(page.get_by_test_id("stMain").evaluate(COLLECT))
    assert sum("⟦" in text for text in said) > 12
    assert unmarked(said) == set()
