"""The static site: Start, lessons, laboratory, detections and evidence as files that any web server can hand out.

Every page works from a disk too, with the pictures that come with it. On a web server, and written with the detector
inside, one's own pictures go through both heads in the browser: nothing leaves the device, and no other host is asked.
"""

import base64
import hashlib
import html
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dualviz
from dualviz import lab
from dualviz.detector import Detector, load_detector
from dualviz.detector.catalogue import BUNDLED
from dualviz.exports.about import weights_hash
from dualviz.exports.site.evidence import evidence_page
from dualviz.exports.site.model import onnx_bytes
from dualviz.exports.site.runtime import RUNTIMES
from dualviz.lab.component import Own, plain_truth
from dualviz.lab.detections import clean_detections
from dualviz.lab.joined import fragment, html_page, inline, sheets
from dualviz.lab.knobs import KNOBS
from dualviz.lab.lesson import carried_course
from dualviz.lab.start import DETECTOR, PICTURE, first_state
from dualviz.lab.state import clean_state
from dualviz.lessons import LESSONS, lesson_payload
from dualviz.lessons.read import CONTROLS
from dualviz.pictures.scenes import gallery, shown, title_of
from dualviz.study.calibration import advised_confidence
from dualviz.words import ENGLISH, LANGUAGES, _, catalogue, language, speaking

ICON = Path(__file__).parents[3] / "assets" / "icon.png"
WORKER = Path(__file__).with_name("worker.js")
SERVICE = Path(__file__).with_name("service.js")


@dataclass(frozen=True)
class SitePicture:
    """One picture through one detector, as the site carries it.

    Attributes:
        name: of the picture, in links.
        detector: its name.
        packed: from `dualviz.lab.payload`.
        own: its truth: boxes (G, 4), xyxy pixels, and labels (G,).
    """

    name: str
    detector: str
    packed: bytes
    own: Own

    @property
    def key(self) -> str:
        """What tells it from the others."""
        return f"{self.name} {self.detector}"

    @property
    def file(self) -> str:
        """Of its bytes, from the site's root on."""
        return f"data/{self.name}-{self.detector}.js"


def site_pictures(others: Sequence[Detector] = ()) -> list[SitePicture]:
    """The bundled pictures under every detector, bundled or other, that knows the classes of their truth."""
    bundled = [load_detector(entry.name, "cpu") for entry in BUNDLED]
    detectors = {detector.name: detector for detector in (*bundled, *others)}.values()
    made = []
    for name, opened in gallery().items():
        image, truth = opened()
        for detector in detectors:
            if truth is None and "person" not in detector.class_names:
                continue  # a photograph is for who knows photographs
            try:
                known = (
                    truth.for_classes(detector.class_names).taught if truth is not None else None
                )
            except ValueError:
                continue
            packed = lab.payload(
                image,
                detector.predict(image),
                detector.class_names,
                None,
                name,
                detector.name,
                shown=shown(name),
                small=True,
                weights=weights_hash(detector.name),
            )
            own = ([], []) if known is None else (known.boxes.tolist(), known.labels.tolist())
            made.append(SitePicture(name, detector.name, packed, own))
    return made


def write_site(
    out: Path,
    pictures: Sequence[SitePicture],
    detectors: Sequence[Detector] = (),
    runtime: Mapping[str, Path] | None = None,
) -> list[Path]:
    """Write the whole site.

    Args:
        out: its folder; made where it is missing, and what stands there under the same names is replaced.
        pictures: from `site_pictures`.
        detectors: those that the site's pages can run.
        runtime: files of the browser's runtime by name; None writes a site without a detector in it.

    Returns:
        The files, in the order they were written.
    """
    files: dict[str, bytes] = {}
    models: dict[str, dict[str, Any]] = {}
    runtimes: dict[str, dict[str, Any]] = {}
    if runtime:
        for name, path in runtime.items():
            files[f"runtime/{name}"] = path.read_bytes()
        for detector in detectors:
            files[f"models/{detector.name}.onnx"] = onnx_bytes(detector)
            models[detector.name] = {
                "name": detector.name,
                "model": f"models/{detector.name}.onnx",
                "bytes": len(files[f"models/{detector.name}.onnx"]),
                "weights": weights_hash(detector.name),
                "classNames": list(detector.class_names),
                "strides": list(detector.strides),
                "size": detector.size,
            }
        for device, (module, binary) in RUNTIMES.items():
            runtimes[device] = {
                "module": f"runtime/{module}",
                "binary": f"runtime/{binary}",
                "bytes": len(files[f"runtime/{binary}"]),
            }
        files["worker.js"] = WORKER.read_bytes()
    for picture in pictures:
        packed = base64.b64encode(picture.packed).decode()
        files[picture.file] = (
            f"(globalThis.dualvizPictures ??= new Map()).set({json.dumps(picture.file)}, {json.dumps(packed)});\n"
        ).encode()
    for tongue in LANGUAGES:
        with speaking(tongue):
            evidence, shown_there = evidence_page()
            files |= {f"{_folder()}{name}": data for name, data in shown_there.items()}
            for name, text in _pages(pictures, models, runtimes, evidence).items():
                files[name] = text.encode()
    files["icon.png"] = ICON.read_bytes()
    files["manifest.webmanifest"] = json.dumps(
        {
            "name": "DualViz",
            "short_name": "DualViz",
            "start_url": "index.html",
            "display": "browser",
        }
    ).encode()
    files["service.js"] = _service(files).encode()
    written = []
    for name, data in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path)
    return written


# ── pages ──


def _folder() -> str:
    """Of the present language's pages, from the root on."""
    return "" if language() == ENGLISH else f"{language()}/"


def _pages(
    pictures: Sequence[SitePicture],
    models: Mapping[str, dict[str, Any]],
    runtimes: Mapping[str, dict[str, Any]],
    evidence: str,
) -> dict[str, str]:
    """The pages of the present language by their place; `evidence` is that page's body."""
    root = "../" if _folder() else ""
    by_key = {picture.key: picture for picture in pictures}
    first = by_key[f"{PICTURE} {DETECTOR}"]
    seen_by = Counter(picture.name for picture in pictures)
    listed = {
        picture.key: {
            "name": picture.name,
            "title": _picture_title(picture, alone=seen_by[picture.name] == 1),
            "detector": picture.detector,
            "file": picture.file,
            "own": plain_truth(picture.own),
            "start": advised_confidence(picture.detector),
        }
        for picture in pictures
    }
    rooms = {
        "laboratory": (
            "laboratory/laboratory",
            "mountLaboratory",
            {"rev": 0, **clean_state()},
        ),
        "detections": (
            "detections/detections",
            "mountDetections",
            {"rev": 0, **clean_detections(), "knobs": {n: k.default for n, k in KNOBS.items()}},
        ),
    }
    bar = fragment("site/exercise.html", language()) + fragment("site/bar.html", language())
    pages = {}
    for name, (place, mount, seed) in rooms.items():
        config = {
            "kind": name,
            **_place(name),
            "seed": seed,
            "controls": list(CONTROLS),
            "pictures": listed,
            "detectors": models,
            "runtimes": runtimes,
            "first": first.key,
            "preferred": next(iter(models), first.detector),
        }
        pages[name] = _page(
            name,
            f"{place}.css",
            f"{bar}\n<main>\n{fragment(f'{place}.html', language())}\n</main>",
            f"site/{name}.js",
            f"openRoom({mount}, part('site'));",
            {"site": config},
            [],
        )
    given = [lesson_payload(lesson, language()) for lesson in LESSONS]
    carried = carried_course(given, {p.key: (p.file, p.own) for p in pictures})
    pages["lessons"] = _page(
        "lessons",
        "lesson/lesson.css",
        f"{fragment('site/exercise.html', language())}\n<main>\n{fragment('lesson/lesson.html', language())}\n</main>",
        "site/lessons.js",
        "openLessons(part('site'));",
        {"site": {**_place("lessons"), "course": carried}},
        [],
    )
    state = {"rev": 0, "own": plain_truth(first.own), **first_state()}
    pages["index"] = _page(
        "index",
        "start/start.css",
        f"<main>\n{fragment('start/start.html', language())}\n</main>",
        "site/start.js",
        "openStart(part('site'));",
        {"site": {**_place("index"), "file": first.file, "seed": state}},
        [root + first.file],
    )
    pages["evidence"] = _page(
        "evidence",
        "",
        f'<main class="dvx-page">\n{evidence}\n</main>',
        "site/share.js",
        "createShare();",
        {},
        [],
    )
    return {f"{_folder()}{name}.html": text for name, text in pages.items()}


def _picture_title(picture: SitePicture, alone: bool) -> str:
    """What a picture is called in the list of them; with its detector where another one saw it as well."""
    title = title_of(picture.name)
    if alone:
        return title
    return _("{picture}, by {detector}", picture=title, detector=picture.detector)


def _place(name: str) -> dict[str, Any]:
    """Where a page stands: its root, its language among all, and its name."""
    root = "../" if _folder() else "./"
    return {"root": root, "tongue": language(), "tongues": list(LANGUAGES), "place": name}


def _titles() -> dict[str, str]:
    return {
        "index": _("Start"),
        "lessons": _("Lessons"),
        "laboratory": _("Laboratory"),
        "detections": _("Detections"),
        "evidence": _("Evidence"),
    }


def _page(
    name: str,
    css: str,
    body: str,
    entry: str,
    start: str,
    carried: Mapping[str, Any],
    scripts: Sequence[str],
) -> str:
    """One page: its frame, its body, and its one script, which the page's own policy names by its hash."""
    root = "../" if _folder() else ""
    titles = _titles()
    links = "\n".join(
        f'<a href="{other}.html"{" aria-current=page" if other == name else ""}>{html.escape(title)}</a>'
        for other, title in titles.items()
    )
    tongues = "\n".join(
        f'<a class="dvx-tongue" hreflang="{catalogue(tongue).tag}" lang="{catalogue(tongue).tag}" '
        f'href="{root}{"" if tongue == ENGLISH else tongue + "/"}{name}.html">{html.escape(words)}</a>'
        for tongue, words in LANGUAGES.items()
        if tongue != language()
    )
    text = f"{inline(entry)}\n{_PART}\n{start}\n"
    text += _REGISTERED.format(root=root or "./")
    digest = base64.b64encode(hashlib.sha256(f"\n{text}".encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self' 'sha256-{digest}' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob: mediastream:; connect-src 'self'; worker-src 'self'; manifest-src 'self'"
    )
    data = "\n".join(
        f'<script type="application/json" id="{key}">{_embedded(value)}</script>'
        for key, value in carried.items()
    )
    files = "\n".join(f'<script src="{file}"></script>' for file in scripts)
    looks = sheets(*filter(None, (css, "site/site.css")))
    head = f'<link rel="icon" href="{root}icon.png">\n<link rel="manifest" href="{root}manifest.webmanifest">\n'
    whole = f"""<header class="dvx-head"><span class="dvx-name">DualViz</span>
<nav>{links}</nav>
<button type="button" class="dvx-button" data-do="share">{html.escape(_("Copy link"))}</button>
{tongues}</header>
{body}
{fragment("site/share.html", language())}
<footer class="dvx-foot">{html.escape(_foot())}</footer>
{data}
{files}"""
    return html_page(f"{titles[name]} · DualViz", policy, looks, whole, text, head, "dvx")


def _foot() -> str:
    return _(
        "{made_by}, MIT licence. The method: Wang et al., YOLOv10: Real-Time End-to-End Object Detection, NeurIPS 2024 (arXiv 2405.14458).",
        made_by=dualviz.MADE_BY,
    )


_PART = "const part = (id) => JSON.parse(document.getElementById(id).textContent);"
_REGISTERED = """if ("serviceWorker" in navigator && location.protocol.startsWith("http")) {{
  const before = navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => before && location.reload()); // a page of another version
  navigator.serviceWorker.register("{root}service.js", {{ updateViaCache: "none" }}).catch(() => {{}});
}}
"""


def _embedded(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


# ── without network, after one visit ──


def _service(files: Mapping[str, bytes]) -> str:
    """The service worker: it knows every file of this version by its hash."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    text = SERVICE.read_text(encoding="utf-8")
    starts = {
        name.removesuffix("index.html") or "./": hashes[name]
        for name in hashes
        if name.endswith("index.html")
    }
    return text.replace("/* files */ {}", json.dumps(hashes | starts))
