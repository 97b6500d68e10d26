"""The laboratory's stand-alone page over a made-up picture, opened in a real browser and asked through its test handle."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dualviz import lab
from dualviz.boxes import anchor_grid

SIZE = 192
BOXES = [[20.0, 24.0, 92.0, 100.0], [70.0, 60.0, 150.0, 150.0], [120.0, 10.0, 180.0, 58.0]]
LABELS = [0, 0, 1]
NAMES = ("disc", "ring", "bar")


@dataclass(frozen=True)
class Head:
    """Boxes and scores of one made-up head."""

    boxes: Tensor
    scores: Tensor


@dataclass(frozen=True)
class Prediction:
    """Two made-up heads that see the boxes through different noise."""

    one2many: Head
    one2one: Head
    anchor_points: Tensor
    level: Tensor
    strides: tuple[int, ...] = (8, 16, 32)


def made_up() -> Prediction:
    """Heads that know the boxes, each with its own errors; the same on every run."""
    points, level = anchor_grid((SIZE, SIZE), (8, 16, 32))
    truth = torch.tensor(BOXES)
    centres, sides = (truth[:, :2] + truth[:, 2:]) / 2, truth[:, 2:] - truth[:, :2]
    away = ((points[:, None] - centres).abs() / sides).amax(2)
    near = away.argmin(1)
    generator = torch.Generator().manual_seed(3)

    def head(noise: float, sharpness: float) -> Head:
        wobble = torch.randn(len(points), 4, generator=generator) * noise
        boxes = truth[near] + wobble * sides[near].repeat(1, 2) * (0.3 + away.amin(1))[:, None]
        scores = torch.full((len(points), 3), 0.01)
        doubt = torch.randn(len(points), generator=generator)
        score = torch.sigmoid(3 - sharpness * away.amin(1) + doubt)
        scores[torch.arange(len(points)), torch.tensor(LABELS)[near]] = score
        return Head(boxes, scores)

    return Prediction(head(0.12, 5.0), head(0.12, 9.0), points, level)


def page_text(own: tuple[list, list] = (BOXES, LABELS)) -> str:
    """The stand-alone page over a grey picture with bright objects."""
    picture = torch.full((SIZE, SIZE, 3), 90, dtype=torch.uint8)
    for x1, y1, x2, y2 in BOXES:
        picture[int(y1) : int(y2), int(x1) : int(x2)] = torch.tensor([200, 120, 110]).byte()
    packed = lab.payload(picture.numpy(), made_up(), NAMES, name="boxes.png", detector="made up")
    return lab.standalone(packed, None, own)


class Laboratory:
    """The page and its test handle. What goes wrong on the page fails the test at `close`."""

    def __init__(self, chromium: Any, path: Path, link: str = "", **context: Any) -> None:
        context = {"viewport": {"width": 1280, "height": 900}, **context}
        self.context = chromium.new_context(bypass_csp=True, accept_downloads=True, **context)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + link)
        self.wait("h.renders > 0")

    def look(self, expression: str) -> Any:
        """Evaluate an expression of the handle `h` (element.__lab)."""
        return self.page.evaluate(
            "(js) => { const h = document.querySelector('.dv').__lab; return eval(js); }",
            expression,
        )

    def wait(self, expression: str) -> None:
        """Wait until an expression of the handle holds and is drawn."""
        handle = "const h = document.querySelector('.dv')?.__lab;"
        self.page.wait_for_function(f"() => {{ {handle} return h && ({expression}); }}")
        self.settle()

    def settle(self) -> None:
        """Let two frames pass: what was asked for is drawn."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def slider(self, symbol: str) -> Any:
        return self.page.get_by_role("slider", name=re.compile(f"^{symbol}"))

    def picks(self) -> list[list[int]]:
        """Per object the one-to-one pick and then the one-to-many list."""
        self.settle()
        return self.look(
            "h.result.each.map((e) => [e.heads[1].picks[0], ...e.heads[0].picks.subarray(0, e.heads[0].pickCount)])"
        )

    def drag(self, symbol: str, to: float, steps: int = 12) -> None:
        """Drag a slider's thumb with the mouse to a share of its track."""
        slider = self.slider(symbol)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        low, high = float(slider.get_attribute("min")), float(slider.get_attribute("max"))
        share = (float(slider.input_value()) - low) / (high - low)
        y = box["y"] + box["height"] / 2
        place = lambda at: box["x"] + 9 + at * (box["width"] - 18)  # noqa: E731
        self.page.mouse.move(place(share), y)
        self.page.mouse.down()
        self.page.mouse.move(place(to), y, steps=steps)
        self.settle()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Page pixels of a picture point on the stage."""
        box = self.page.locator("canvas[data-part=stage]").bounding_box()
        frame = self.look("({...h.views().stage.frames[0]})")
        return (
            box["x"] + frame["left"] + (x - frame["x0"]) * frame["scale"],
            box["y"] + frame["top"] + (y - frame["y0"]) * frame["scale"],
        )

    def close(self) -> None:
        self.context.close()
        assert self.errors == []
