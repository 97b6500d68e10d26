"""The picture of a lesson on paper: what its stage shows where a question is asked, and nothing that would answer it.

Close up: the object with its true box, the anchors A and B with their boxes, the places taught by their ranks, the second
head's choice; two boxes of one output where the lesson is about those; the whole picture where it speaks of all objects.
"""

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle, RegularPolygon

from dualviz.charts.palette import LIGHT
from dualviz.lab.facts import Facts
from dualviz.lessons import Lesson, Step
from dualviz.words import _, joined, ngettext

ROOM = 0.9  # of the longer side of what is shown close up, from its middle to the edge
RADIUS = 0.032  # of the frame's height: a rank's disc
SIZE = 7  # points of the words on marks
WHOLE = ("nms", "panels", "matching", "repair")  # views of all objects
DOUBLED = "clinic"  # the view of two boxes that lie on each other
TRUTH = (
    {"ec": "white", "lw": 2.4},
    {"ec": LIGHT.truth, "lw": 1.1, "ls": "--"},
)  # dark dashes on white

Box = tuple[float, float, float, float]


class LessonPicture:
    """What a step's stage shows, to be drawn into axes of the shape of its frame.

    Args:
        lesson, step: what is asked.
        scene: the lesson's picture there.

    Attributes:
        frame: xyxy pixels of the picture that are shown.
    """

    def __init__(self, lesson: Lesson, step: Step, scene: Facts) -> None:
        self.scene = scene
        shown = {**lesson.given, **step.given}
        self.labels, self.pick = bool(shown.get("labels")), shown.get("heads") in ("one", "both")
        self.doubled = shown.get("view") == DOUBLED and bool(scene.twins)
        whole = shown.get("whole") or shown.get("view") in WHOLE
        self.close = not whole and not self.doubled and scene.chosen
        self.frame = self._frame()

    def draw(self, axes: Axes) -> None:
        """The picture, its true boxes, then the marks."""
        left, top, right, bottom = self.frame
        axes.imshow(self.scene.seen.image, interpolation="lanczos")
        axes.set(xlim=(left, right), ylim=(bottom, top))
        axes.set_axis_off()
        truth = self.scene.seen.truth.boxes.tolist()
        if self.close:
            self._predicted(axes)
            self._truth(axes, truth[self.scene.g])
            self._places(axes)
            return
        for box in truth:
            self._truth(axes, box)
        if self.doubled:
            for row in self.scene.twins[0].rows:
                self._box(axes, self._output(row), ec=LIGHT.duplicate, lw=2.4)
                self._box(axes, self._output(row), ec="white", lw=0.8)
        elif self.pick:
            for anchor in self.scene.now.one2one.assignment.candidates[:, 0].tolist():
                if anchor >= 0:
                    self._diamond(axes, anchor, 0.5)

    def key(self) -> str:
        """What the marks mean, in one paragraph; "" where none is drawn."""
        said = []
        if self.close and self.scene.marks:
            said.append(_("A and B: two guesses of the first head, each with its box."))
        if self.close and self.labels:
            taught = self.scene.now.one2many.assignment.candidates[self.scene.g]
            count = int((taught >= 0).sum())
            said.append(
                ngettext(
                    "Number: {n} place taught for this object, by its rank.",
                    "Numbers: {n} places taught for this object, by their ranks.",
                    count,
                )
            )
        if self.doubled:
            said.append(_("Double lines: boxes of the second head that say one object twice."))
        elif self.pick:
            said.append(_("Diamond: the second head's choice."))
        if self.close:
            said.append(_("Dashes: the true box."))
        elif len(self.scene.seen.truth):
            said.append(_("Dashes: the true boxes."))
        return joined(*said)

    def _frame(self) -> Box:
        height, width = self.scene.seen.image.shape[:2]
        if self.doubled:
            boxes = [self._output(row) for row in self.scene.twins[0].rows]
            x1, y1 = (min(box[side] for box in boxes) for side in (0, 1))
            x2, y2 = (max(box[side] for box in boxes) for side in (2, 3))
        elif self.close:
            x1, y1, x2, y2 = self.scene.seen.truth.boxes[self.scene.g].tolist()
        else:
            return 0.0, 0.0, float(width), float(height)
        half = ROOM * max(x2 - x1, y2 - y1)
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        return max(0, x - half), max(0, y - half), min(width, x + half), min(height, y + half)

    def _predicted(self, axes: Axes) -> None:
        """Boxes of A and B, and of the second head's choice where that is seen."""
        prediction, sharing = self.scene.seen.prediction, self.scene.knobs["shared"]
        for name in sorted(self.scene.marks):
            box = prediction.one2many.boxes[self.scene.mark(name)].tolist()
            self._box(axes, box, ec=LIGHT.one2many, lw=2.2 if name == "A" else 1.0)
        if self.pick and self.scene.pick >= 0:
            head = prediction.one2many if sharing else prediction.one2one
            self._box(axes, head.boxes[self.scene.pick].tolist(), ec=LIGHT.one2one, lw=1.8)

    def _places(self, axes: Axes) -> None:
        lettered = {self.scene.mark(name): name for name in sorted(self.scene.marks)}
        taught = self.scene.now.one2many.assignment.candidates[self.scene.g].tolist()
        for rank, anchor in enumerate(taught if self.labels else (), 1):
            if anchor >= 0 and anchor not in lettered:
                self._disc(axes, anchor, str(rank), LIGHT.one2many, "white")
        if self.pick and self.scene.pick >= 0:
            rank = self.scene.pick_ranks[self.scene.g]
            self._diamond(axes, self.scene.pick, 1.3, str(rank or "") if self.labels else "")
        for anchor, name in lettered.items():
            fill, ink = (LIGHT.one2many, "white") if name == "A" else ("white", LIGHT.one2many)
            self._disc(axes, anchor, name, fill, ink)

    def _disc(self, axes: Axes, anchor: int, words: str, fill: str, ink: str) -> None:
        place = self._at(anchor)
        axes.add_patch(Circle(place, self._radius, fc=fill, ec=LIGHT.one2many, lw=1.2))
        axes.text(*place, words, color=ink, ha="center", va="center", size=SIZE, weight="bold")

    def _diamond(self, axes: Axes, anchor: int, large: float, words: str = "") -> None:
        place = self._at(anchor)
        radius = large * self._radius
        axes.add_patch(
            RegularPolygon(place, 4, radius=radius, fc=LIGHT.one2one, ec="white", lw=0.6)
        )
        if words:
            axes.text(*place, words, color="white", ha="center", va="center", size=SIZE)

    def _truth(self, axes: Axes, box: list[float]) -> None:
        for style in TRUTH:
            self._box(axes, box, **style)

    def _box(self, axes: Axes, box: list[float], **style: object) -> None:
        x1, y1, x2, y2 = box
        axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, **style))

    def _output(self, row: int) -> list[float]:
        return self.scene.outputs["free"].boxes[row].tolist()

    def _at(self, anchor: int) -> tuple[float, float]:
        x, y = self.scene.now.anchor_points[anchor].tolist()
        return x, y

    @property
    def _radius(self) -> float:
        return RADIUS * (self.frame[3] - self.frame[1])
