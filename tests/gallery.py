"""Every page of every lesson as pictures to look at: `python tests/gallery.py --out DIR`.

The lessons come as one file that needs no server (`python -m dualviz export --lesson all`), opened in Chromium at three sizes
in both themes. A page that asks is taken twice: as it asks, and with a guess. `index.html` shows all of them side by side. The
pictures are to be looked at; nothing compares their pixels. Printed, with exit code 1: pages that scroll sideways.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dualviz.exports.files import lessons_html
from dualviz.lessons import LESSONS, Lesson
from dualviz.words import LANGUAGES, speaking

SIZES = ("1366x768", "820x1180", "390x844")
THEMES = ("light", "dark")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
READY = ".dvl[data-ready=yes]"
UNSTUCK = ".dvl .dvl-foot, .dvl .dvl-knobs { position: static !important }"  # a long picture has no bottom
ASKED = ".dvl-answers button, .dvl-act button:not(:disabled)"  # what a guess presses


def gallery(
    page: Page, lessons: Sequence[Lesson], folder: Path, sizes: Sequence[str], themes: Sequence[str]
) -> Iterator[tuple[Path, bool]]:
    """Take the pages of lessons.

    Args:
        page: of a browser; its size and theme are changed.
        lessons: in the present language.
        folder: for `lessons.html` and the pictures `<lesson>-<step>[-guess]-<size>-<theme>.png`.
        sizes: "WxH" in pixels.
        themes: "light", "dark".

    Yields:
        tuple[Path, bool]: each file, and whether its page scrolls sideways.
    """
    file = folder / "lessons.html"
    file.write_text(lessons_html(lessons, "cpu"), encoding="utf-8")
    page.emulate_media(reduced_motion="reduce")
    for size in sizes:
        width, height = map(int, size.split("x"))
        page.set_viewport_size({"width": width, "height": height})
        for theme in themes:
            page.emulate_media(color_scheme=theme)
            for lesson in lessons:
                for name in walk(page, file, lesson):
                    path = folder / f"{lesson.id:02}-{name}-{size}-{theme}.png"
                    page.screenshot(path=path, full_page=True, style=UNSTUCK)
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    yield path, wide > width


def walk(page: Page, file: Path, lesson: Lesson) -> Iterator[str]:
    """Go through a lesson as a student does; gives what each state is called: "<step>", then "<step>-guess"."""
    page.goto("about:blank")
    page.goto(f"{file.as_uri()}#{urlencode({'lesson': lesson.id, 'step': 1})}")
    page.locator(READY).wait_for(state="attached")
    for _ in lesson.steps:
        step = int(page.evaluate("document.querySelector('.dvl').__lesson.way.step")) + 1
        _drawn(page)
        yield f"{step:02}"
        if page.locator(".dvl-wait:not(:empty)").count():
            _answer(page)
            _drawn(page)
            yield f"{step:02}-guess"
        if step == len(lesson.steps) or page.locator(".dvl-question").count() == 0:
            return
        page.locator(".dvl-next").click()
        if int(page.evaluate("document.querySelector('.dvl').__lesson.lesson.id")) != lesson.id:
            return


def _answer(page: Page) -> None:
    """The first answer, a number, or what the hand is asked to do, as far as the page waits for it."""
    number = page.locator(".dvl-number")
    if number.count():
        number.fill("2")
    page.locator(ASKED).first.click()


def _drawn(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")


def index_page(paths: Sequence[Path], title: str) -> str:
    """All pictures side by side, a row a state."""
    rows: dict[str, list[Path]] = {}
    for path in paths:
        rows.setdefault(path.stem.rsplit("-", 2)[0], []).append(path)
    body = "".join(
        f"<h2>{escape(name)}</h2><p>"
        + "".join(
            f'<a href="{one.name}"><img loading="lazy" src="{one.name}" alt="{escape(one.stem)}"></a> '
            for one in row
        )
        + "</p>"
        for name, row in sorted(rows.items())
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body { font: 16px system-ui; } img { height: 420px; border: 1px solid #888; }</style>"
        f"<h1>{escape(title)}</h1>{body}</html>"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Every page of every lesson as pictures to look at."
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="folder; made where it is missing")
    add("--lesson", nargs="+", type=int, choices=[one.id for one in LESSONS], help="default: all")
    add("--size", nargs="+", default=list(SIZES), metavar="WxH", help="windows in pixels")
    add("--theme", nargs="+", default=list(THEMES), choices=THEMES)
    add("--language", default="en", choices=list(LANGUAGES))
    given = parser.parse_args()
    lessons = [one for one in LESSONS if not given.lesson or one.id in given.lesson]
    given.out.mkdir(parents=True, exist_ok=True)
    taken, wide = [], []
    with sync_playwright() as playwright, speaking(given.language):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path, sideways in gallery(
            browser.new_page(), lessons, given.out, given.size, given.theme
        ):
            taken.append(path)
            if sideways:
                wide.append(path)
                print(f"scrolls sideways: {path.name}")
        browser.close()
    (given.out / "index.html").write_text(index_page(taken, "Lessons"), encoding="utf-8")
    print(f"{len(taken)} pictures, {len(wide)} scroll sideways; see {given.out / 'index.html'}")
    return 1 if wide else 0


if __name__ == "__main__":
    sys.exit(main())
