"""Addresses of the app: the link to a page that shows the same, and what such a link says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from dualviz import lab
from dualviz.lab.detections import LETTERS, decode_detections, encode_detections
from dualviz.pictures.objects import cut
from dualviz.pictures.scenes import STACK
from dualviz.trace import Setting
from dualviz.words import Sentence, UserError

HOST = "http://localhost:8501"  # where `streamlit run app.py` answers
OPENS_ON = {"detections": STACK}  # pages whose first sight is another picture than `FIRST_PICTURE`
FIRST_PICTURE = "sparse"
OF_PAGE = ("view", "evidence", "lang", "present")  # in a link, of the page and of who looks
CELLS = ("cells", "cells-level", "cells-class")  # layer, level and class on the page of the loss
OLD = {  # pages of old, and where they went
    "agreement": ("laboratory", {"view": "agreement"}),
    "loss": ("laboratory", {"view": "loss"}),
    "postprocess": ("detections", {}),
    "replay": ("training", {}),
    "ablation": ("evidence", {"evidence": "ablation"}),
    "evaluation": ("evidence", {"evidence": "evaluation"}),
}


@dataclass(frozen=True)
class Address:
    """Where the app shows the same: its host, "" where it cannot, and what stands in the address behind the page's name."""

    host: str = HOST
    state: Mapping[str, str] = field(default_factory=dict)

    def link(self, page: str) -> str:
        """The address of a page; what the page's own name says goes before the state.

        >>> Address("https://class.example", {"a": "0.7"}).link("laboratory?view=loss")
        'https://class.example/laboratory?a=0.7&view=loss'
        """
        if not self.host:
            return ""
        name, _mark, own = page.partition("?")
        given = dict(part.split("=", 1) for part in own.split("&") if part)
        said = urlencode({**self.state, **given}, safe="~")
        return f"{self.host.rstrip('/')}/{name}" + (f"?{said}" if said else "")


def read_link(link: str) -> tuple[str, dict[str, str]]:
    """The page of an address, and what the address says by name.

    Raises:
        UserError: no address of a page.

    >>> read_link("http://localhost:8501/laboratory?a=0.7&o=3")
    ('laboratory', {'a': '0.7', 'o': '3'})
    >>> read_link("https://class.example/dualviz/loss#r=2")
    ('laboratory', {'r': '2', 'view': 'loss'})
    """
    parts = urlsplit(link.strip())
    if not parts.netloc and not parts.query and not parts.fragment:
        raise UserError(
            "expected the address of a page, as {example}, got {link}",
            example=Address(state={"a": "0.7"}).link("laboratory"),
            link=link,
        )
    page = parts.path.rstrip("/").rpartition("/")[2].removesuffix(".html")
    said = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
    page, more = OLD.get(page, (page, {}))
    return page or "laboratory", {**said, **more}


def address_of(link: str) -> Address | None:
    """The app's own address in a link of it, as its pages put it into their files; None for a link of the static site.

    >>> address_of("https://class.example/dv/laboratory?a=0.7&view=loss&lang=zh_CN")
    Address(host='https://class.example/dv', state={'pic': 'sparse', 'a': '0.7'})
    """
    parts = urlsplit(link.strip())
    if not parts.netloc or parts.fragment or parts.path.endswith(".html"):
        return None
    host = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').rpartition('/')[0]}"
    page, said = read_link(link)
    said = {"pic": OPENS_ON.get(page, FIRST_PICTURE)} | said
    return Address(host, {name: text for name, text in said.items() if name not in OF_PAGE})


def unusable(said: Mapping[str, str]) -> dict[str, str | None]:
    """What an address says of knobs, object, view and filters and cannot mean: by its letter what is taken instead, None for the default.

    >>> unusable({"a": "much", "b": "6", "k": "99", "o": "3"})
    {'a': None, 'k': '30'}
    """
    state, outputs = lab.decode_state(said), decode_detections(said)
    if "conf" not in said:
        outputs = outputs | {"settings": outputs["settings"] | {"conf": None}}
    usable = lab.encode_state(state) | encode_detections(outputs)
    values = (*state["knobs"].values(), *outputs["settings"].values())
    return {
        letter: usable.get(letter)
        for letter in (*lab.LETTERS, *LETTERS)
        if letter in said
        and usable.get(letter) != said[letter]
        and not is_number_among(said[letter], values)
    }


def is_number_among(text: str, values: Collection[Any]) -> bool:
    """Whether a text is a way to write one of the values."""
    try:
        return float(text) in values
    except (ValueError, OverflowError):
        return False


def doubt(name: str, text: str, instead: str | None) -> Sentence:
    """That what an address says under a name cannot be used; None instead of it is the default."""
    given = {"name": name, "text": cut(text)}
    if instead is None:
        return Sentence(
            "The link says {name}={text}, which cannot be used here: you see the default.", **given
        )
    return Sentence(
        "The link says {name}={text}, which cannot be used here: you see {instead}.",
        instead=instead,
        **given,
    )


def state_of(
    setting: Setting,
    object: int | None,
    settings: Mapping[str, Any],
    *,
    view: Mapping[str, Any] | None = None,
    drawn: str | None = None,
    step: int = -1,
    **names: str | None,
) -> dict[str, str]:
    """What an address says of a picture's knobs, filters and files.

    Args:
        setting: the knobs.
        object: index of the object looked at; None for none.
        settings: filters of the detections.
        view: of the stage: layer, head, level and log.
        drawn: code of drawn boxes.
        step: of NMS.
        names: pic, det, net, gt, truth, measure and over as they stand in an address; None for what is at its default.
    """
    chosen = -1 if object is None else object
    state = {"knobs": lab.knobs_of(setting), "object": chosen, "view": view or {}, "truth": drawn}
    outputs = {"settings": settings, "view": {"step": step}}
    known = {name: said for name, said in names.items() if said is not None}
    # confidence always, since the default is the detector's own
    confidence = {"conf": f"{settings['conf']:g}"}
    return known | lab.encode_state(state) | encode_detections(outputs) | confidence
