"""The live lessons: predict, act, reveal, explain, over one picture and both its heads.

A lesson comes as data (`dualviz.lessons`); its numbers are computed in the browser. Where a lesson stands comes back as
the result's `.state`, what it asks of the page as `.ask`. One file can carry several lessons and needs no server.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dualviz.lab.component import Own, mount, plain_truth
from dualviz.lab.joined import file_of_its_own, fragment, module, sheets
from dualviz.words import _, language

ENTRY, FRAGMENT = "lesson/lesson.js", "lesson/lesson.html"
LETTERS = ("lesson", "step", "guess")  # of a lesson's place in the link


def lessons(
    packed: bytes,
    own: Own,
    lesson: Mapping[str, Any],
    course: Sequence[Mapping[str, Any]],
    link: Mapping[str, str] | None = None,
    *,
    shown: str = "lesson",
    foreign: bool = False,
    table: str | None = None,
    push: Any = 0,
    key: str = "lesson",
    on_state_change: Callable[[], None] | None = None,
    on_ask_change: Callable[[], None] | None = None,
) -> Any:
    """Show a lesson, or the list of all, on the page and return what was last sent.

    Args:
        packed: from `dualviz.lab.payload`, of the lesson's picture and detector.
        own: the picture's truth: boxes (G, 4), xyxy pixels, and labels (G,).
        lesson: the lesson as `dualviz.lessons.lesson_payload` gives it.
        course: of every lesson id, title and minutes, in their order.
        link: where the lesson stands: `LETTERS` as text, `present` "1" for a presenter; what is missing begins anew or is remembered by the device.
        shown: "lesson", or "list" for the list of all.
        foreign: whether the picture is another than the lesson's own.
        table: name of the picture on the table, where the lesson may be tried with it.
        push: any value; when it changes, the browser takes the place over again.
        key: name of this component in the session.
        on_state_change, on_ask_change: called when a step or an answer was given, and when the page is asked for
            something.

    Returns:
        The component's result: `.state` is None or {lesson, step, guess, present} as text; `.ask` is None or {kind: "open", page,
        link}, {kind: "lesson", lesson} or {kind: "own", on}.
    """
    state = _seed(lesson, course, link, shown) | {"foreign": foreign, "table": table}
    return mount(
        "dualviz_lesson",
        {
            "html": fragment(FRAGMENT, language()),
            "css": sheets("lesson/lesson.css"),
            "js": module(ENTRY, language()),
        },
        packed,
        state,
        own,
        [lesson["id"], shown, foreign, push],
        key,
        on_state_change=on_state_change,
        on_ask_change=on_ask_change,
    )


def standalone_lessons(
    pictures: Mapping[str, tuple[bytes, Own]],
    given: Sequence[Mapping[str, Any]],
    title: str = "",
) -> str:
    """Lessons as one HTML file in the present language: it needs no server and asks no host for anything.

    It works in a frame with `sandbox="allow-scripts"`, without storage, and tells that frame its height, the step and
    the score (README, "In a frame"). A link's `#lesson=2&step=3` opens a step.

    Args:
        pictures: payload and truth by "picture detector".
        given: the lessons, as `dualviz.lessons.lesson_payload` gives them.
        title: of the page; that of a single lesson, or "DualViz lessons", where it is empty.

    Returns:
        The text of the file, UTF-8.
    """
    names = {name: f"picture-{place}" for place, name in enumerate(pictures)}
    places = {name: (names[name], own) for name, (_packed, own) in pictures.items()}
    carried = carried_course(given, places, "lesson" if len(given) == 1 else "list")
    parts = {names[name]: packed for name, (packed, _own) in pictures.items()}
    parts["course"] = json.dumps(carried, ensure_ascii=False).encode()
    alone = given[0]["title"] if len(given) == 1 else _("DualViz lessons")
    return file_of_its_own(
        ENTRY,
        FRAGMENT,
        sheets("lesson/lesson.css"),
        parts,
        "mountCourse(document.querySelector('main'), carried);",
        title or alone,
    )


def carried_course(
    given: Sequence[Mapping[str, Any]], places: Mapping[str, tuple[str, Own]], shown: str = "list"
) -> list[dict[str, Any]]:
    """What a page without Python carries of several lessons: `mountCourse` opens one by the other.

    Args:
        given: the lessons, as `dualviz.lessons.lesson_payload` gives them.
        places: by "picture detector": what the page calls the picture's bytes, and its truth.
        shown: "list" or "lesson": what is seen first.
    """
    course = [
        {name: lesson[name] for name in ("id", "title", "asks", "minutes")} for lesson in given
    ]
    carried = []
    for lesson in given:
        place, own = places[f"{lesson['picture']} {lesson['detector']}"]
        seed = _seed(lesson, course, None, shown) | {"rev": 0, "own": plain_truth(own)}
        carried.append({"bytes": place, "seed": seed})
    return carried


def _seed(
    lesson: Mapping[str, Any],
    course: Sequence[Mapping[str, Any]],
    link: Mapping[str, str] | None,
    shown: str,
) -> dict[str, Any]:
    return {
        "lesson": dict(lesson),
        "course": [dict(one) for one in course],
        "link": dict(link or {}),
        "shown": shown,
    }
