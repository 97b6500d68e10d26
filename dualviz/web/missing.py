"""What a link names and this session does not have, or no longer: files of its author, and names that nobody knows."""

from dualviz.detector.catalogue import OFFICIAL
from dualviz.pictures.content import is_file
from dualviz.pictures.objects import cut
from dualviz.web import link, markup, session, uploads
from dualviz.words import Sentence, _

OFFICIAL_NAMES = {entry.name for entry in OFFICIAL}


def sentences() -> list[str]:
    """One for each file that the link names and this session does not have; a name that is no file is noted, and left out of the link."""
    dropped = uploads.dropped()
    notes = [
        _(
            "{file} was let go of, since what all sessions brought takes too much memory here. Add it again to see it.",
            file=markup.plain(cut(name)),
        )
        for name in dropped.values()
    ]
    read = {truth_id for truth_id, _truth in uploads.truths().values()}
    for name, known in (
        ("pic", session.picture_names()),
        ("det", session.detector_names()),
        ("gt", read),
    ):
        wanted = link.value(name, "")
        if wanted and wanted not in known and wanted not in dropped:
            if is_file(wanted):
                notes.append(_brought(name, markup.plain(cut(wanted))))
            else:
                if name != "det" or wanted not in OFFICIAL_NAMES:  # which can be fetched
                    link.change(**{name: None})
                link.note(name, _unknown(name, cut(wanted)))
    return notes


def _brought(name: str, file: str) -> str:
    """That a link shows a file of its author."""
    if name == "pic":
        return _(
            "This link shows a picture of its author ({file}). Add the same file here to see what they saw.",
            file=file,
        )
    if name == "det":
        return _(
            "This link shows weights of its author ({file}). Add the same file here to see what they saw.",
            file=file,
        )
    return _(
        "This link shows a truth file of its author ({file}). Add the same file here to see what they saw.",
        file=file,
    )


def _unknown(name: str, file: str) -> Sentence:
    """That a link names what nobody knows."""
    if name == "pic":
        return Sentence(
            "The link names a picture unknown here ({file}): you see the first one.", file=file
        )
    if name == "det":
        return Sentence(
            "The link names weights unknown here ({file}): you see the first one.", file=file
        )
    return Sentence(
        "The link names a truth file unknown here ({file}): you see the first one.", file=file
    )
