"""One HTML file of several pictures: each in the laboratory and by its detections, and lessons where they are wanted."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dualviz.lab.component import Own, plain_truth
from dualviz.lab.joined import (
    CARRIED,
    carried_parts,
    fragment,
    html_page,
    inline,
    own_policy,
    sheets,
)
from dualviz.lab.lesson import FRAGMENT, carried_course
from dualviz.words import language

ROOMS = {
    "laboratory": "laboratory/laboratory.html",
    "detections": "detections/detections.html",
    "lesson": FRAGMENT,
}


class AlbumPicture(NamedTuple):
    """One picture of the file.

    Attributes:
        name: in its address.
        title: in words.
        packed: from `dualviz.lab.payload`.
        own: its truth: boxes (G, 4), xyxy pixels, and labels (G,).
        start: the confidence that its detections begin with.
        facts: what is said of it below: picture, detector, input, truth, paper, licence, by their names in words.
        origin: where its truth comes from, in words; "" for the picture itself.
    """

    name: str
    title: str
    packed: bytes
    own: Own
    start: float
    facts: Mapping[str, str]
    origin: str = ""


def album(
    pictures: Sequence[AlbumPicture],
    title: str,
    lessons: Sequence[Mapping[str, Any]] = (),
    lesson_pictures: Mapping[str, tuple[bytes, Own]] | None = None,
) -> str:
    """The file in the present language: it needs no server and asks no host for anything.

    Args:
        pictures: at least one; the first is seen at first.
        title: of the page.
        lessons: as `dualviz.lessons.lesson_payload` gives them.
        lesson_pictures: their payloads and truths by "picture detector".

    Returns:
        The text of the file, UTF-8.
    """
    parts = {f"picture-{place}": picture.packed for place, picture in enumerate(pictures)}
    listed = {
        picture.name: {
            "title": picture.title,
            "part": f"picture-{place}",
            "own": plain_truth(picture.own),
            "origin": picture.origin,
            "start": picture.start,
            "facts": list(picture.facts.items()),
        }
        for place, picture in enumerate(pictures)
    }
    shown = "lesson" if len(lessons) == 1 else "list"
    if lessons:
        places = {}
        for place, (key, (packed, own)) in enumerate((lesson_pictures or {}).items()):
            # a picture of the album that a lesson speaks of is carried once
            name = next(
                (known for known, data in parts.items() if data == packed), f"lesson-{place}"
            )
            parts[name] = packed
            places[key] = (name, own)
        course = carried_course(lessons, places, shown)
        parts["course"] = json.dumps(course, ensure_ascii=False).encode()
    parts["album"] = json.dumps(
        {"pictures": listed, "lessons": bool(lessons)}, ensure_ascii=False
    ).encode()
    body = fragment("alone/album.html", language())
    for room, name in ROOMS.items():
        own_fragment = fragment(name, language()) if room != "lesson" or lessons else ""
        body = body.replace(f"<!-- {room} -->", own_fragment)
    names = [f"{room}/{room}.css" for room in ROOMS if room != "lesson" or lessons]
    script = f"""{inline("alone/album.js")}
{CARRIED}
openAlbum(carried, JSON.parse(new TextDecoder().decode(carried("album"))));
"""
    css = sheets(*names, "alone/album.css")
    return html_page(
        title, own_policy(), css, f"{body}\n{carried_parts(parts)}", script, marks="dva"
    )
