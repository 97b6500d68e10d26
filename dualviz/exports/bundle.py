"""Everything about one thing as one zip: each view in every kind of file, and a manifest that says what each file is.

What is about the same record belongs together: all views of a picture, all of a moment of training, all of an ablation.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Collection, Iterator
from typing import Any

import dualviz
from dualviz.charts.drawn.words import settings_line
from dualviz.exports.about import BIBTEX, PAPER, about
from dualviz.exports.address import Address
from dualviz.exports.files import FORMATS
from dualviz.exports.views import (
    NUMBERS,
    VIEWS,
    Made,
    Paper,
    View,
    file_name,
    view_files,
)
from dualviz.words import _, said

KINDS = (*FORMATS, *NUMBERS)
MANIFEST, CITATION = "manifest.json", "citation.bib"
Progress = Callable[[float, str], None]


class Bundle:
    """Files by name, each with what it says of itself, and reasons why others are absent."""

    def __init__(self) -> None:
        self.files: dict[str, Made] = {}
        self.absent: dict[str, str] = {}

    @property
    def manifest(self) -> dict[str, Any]:
        """What each file is, and what is not there."""
        listed = [
            {
                "file": name,
                **made.said,
                "bytes": len(made.data),
                "sha256": hashlib.sha256(made.data).hexdigest(),
            }
            for name, made in self.files.items()
        ]
        return {
            "version": dualviz.MADE_BY,
            "citation": PAPER,
            "files": listed,
            "absent": self.absent,
        }

    def contents(self) -> dict[str, bytes]:
        """All files, the manifest and the citation first."""
        manifest = json.dumps(self.manifest, ensure_ascii=False, indent=1) + "\n"
        return {
            MANIFEST: manifest.encode(),
            CITATION: BIBTEX.encode(),
            **{name: made.data for name, made in self.files.items()},
        }

    def zipped(self) -> bytes:
        """The same as a zip; the same bytes for the same files."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.contents().items():
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        return file.getvalue()


def views_of(shown: Any) -> Iterator[View]:
    """All views of a record, in the catalogue's order."""
    return (view for view in VIEWS.values() if isinstance(shown, view.shown))


def everything(
    shown: Any,
    paper: Paper | None = None,
    address: Address | None = None,
    views: Collection[View] | None = None,
    kinds: Collection[str] = KINDS,
    page: Callable[[], str] | None = None,
    progress: Progress = lambda share, name: None,
) -> Bundle:
    """All that can be taken away of one record; what cannot be made is named in the manifest with its reason.

    Args:
        shown: the record: a picture, a moment of training, an evaluation and so on.
        paper, address: as for `view_files`.
        views: which of its views; None: all.
        kinds: which kinds of file.
        page: makes the laboratory's page of a picture, where that is to go along.
        progress: told the share that is done, and what is made next.
    """
    bundle, chosen = Bundle(), list(views_of(shown)) if views is None else list(views)
    steps = len(chosen) + bool(page)
    for done, view in enumerate(chosen):
        progress(done / steps, str(view.title))
        name, wanted = file_name(view, shown), [kind for kind in view.kinds if kind in kinds]
        try:
            for kind, made in view_files(view, shown, wanted, paper, address).items():
                bundle.files[f"{name}.{kind}"] = Made(made.data, {"view": view.name} | made.said)
        except ValueError as error:
            bundle.absent[name] = said(error)
    if page:
        laboratory = VIEWS["stage"]
        name = f"{file_name(laboratory, shown).removesuffix('-stage')}-laboratory.html"
        progress((steps - 1) / steps, name)
        text = page()
        settings = settings_line(shown.trace, shown.g, **shown.names)
        title = _("The laboratory as one file")
        link = (address or Address()).link(laboratory.page)
        bundle.files[name] = Made(text.encode(), about(title, settings, shown.origin, link))
    progress(1.0, _("done"))
    return bundle
