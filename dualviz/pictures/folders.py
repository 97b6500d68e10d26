"""Labelled sets as other programs leave them: which files of a folder are pictures, truth and class names.

YOLO's folders (`data.yaml`, as ultralytics and Roboflow write it; `classes.txt`, as LabelImg and Label Studio do;
`obj.names`, as CVAT does; or `labels/` beside `images/` alone), PASCAL VOC's, and a COCO file that lies somewhere in its
folder all become one `CocoFolder`. What a set leaves open, such as which of its lists is meant, is chosen and said.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from dualviz.pictures.coco import PARTS, coco_document, plain_id
from dualviz.pictures.dataset import PICTURES, CocoFolder
from dualviz.pictures.names import Names
from dualviz.pictures.objects import cut, listed
from dualviz.pictures.settings import has_names
from dualviz.pictures.voc_set import VocFolders, coco_of_voc, voc_folders
from dualviz.pictures.yolo_set import by_folders, by_settings, chosen, coco_folder
from dualviz.words import UserError

TO_JUDGE = ("val", "valid", "validation", "test", "train")  # the list that is taken, best first
TO_TEACH = ("train", "val")
YAML = (".yaml", ".yml")
MAX_JSON = 1 << 30


def open_set(
    place: str | Path,
    images: str | Path | None = None,
    wanted: Sequence[str] = TO_JUDGE,
    keep: int = 0,
    within: Path | None = None,
) -> CocoFolder:
    """Open a labelled set, in whatever form it lies there.

    Args:
        place: a COCO JSON, a `data.yaml`, or a folder: YOLO's, PASCAL VOC's, or one that holds a COCO JSON.
        images: the folder of a COCO JSON's pictures; by default the folder beside it that has its name, or its own.
        wanted: names of the list that is taken where a set has several, the best first.
        keep: bytes of decoded pictures to hold, as in `CocoFolder`.
        within: a folder that nothing may lead out of, for a set that somebody brought.

    Raises:
        ValueError: nothing of the kind, or what `CocoFolder` and `read_truth` refuse; one sentence with the file.
    """
    place, within = Path(place), within.resolve() if within else None
    opened = _opened(place, images, wanted, keep, within)
    if within is not None:
        for file in opened.files:
            if not file.resolve().is_relative_to(within):
                raise UserError(
                    "{name} names a picture that is not in it: {file}",
                    name=opened.path.name,
                    file=file.name,
                )
    return opened


def open_part(annotations: Path, pictures: Path) -> tuple[CocoFolder, int]:
    """Open those pictures of a COCO file that lie in a folder, and count those that do not.

    Raises:
        ValueError: no COCO, none of its pictures is there, two have one name, or what `CocoFolder` refuses.
    """
    document = coco_document(annotations.read_bytes(), annotations.name)
    given = [file.name for file in pictures.iterdir()]
    there, records = Names(given), document["images"]
    matches = [there.find(str(record.get("file_name"))) for record in records]
    kept = [
        record | {"file_name": name} for record, name in zip(records, matches) if name is not None
    ]
    left_out = {plain_id(r.get("id")) for r, name in zip(records, matches) if name is None}
    listed = [e for e in document["annotations"] if plain_id(e.get("image_id")) not in left_out]
    names = [record["file_name"] for record in kept]
    if not kept:
        raise UserError(
            "none of the {n} pictures is named in the annotations, which list {first} …",
            n=len(given),
            first=", ".join(cut(record.get("file_name")) for record in records[:3]) or "—",
        )
    if len(set(names)) < len(names):
        raise UserError("two pictures of the annotations have the same file name")
    kept_of = document | {"images": kept, "annotations": listed}
    return CocoFolder(annotations, pictures, document=kept_of), len(records) - len(kept)


def _opened(
    place: Path,
    images: str | Path | None,
    wanted: Sequence[str],
    keep: int,
    within: Path | None,
) -> CocoFolder:
    if place.suffix.lower() in YAML and place.is_file():
        return coco_folder(by_settings(place, wanted, within), place, keep)
    if not place.is_dir():
        return CocoFolder(place, images or _beside(place), keep)
    settings = [file for file in sorted(place.iterdir()) if file.suffix.lower() in YAML]
    if named := next((file for file in settings if has_names(file)), None):
        return coco_folder(by_settings(named, wanted, within), named, keep)
    if coco := _coco_file(place, wanted):
        return CocoFolder(coco, images or _beside(coco) or place, keep)
    if yolo := by_folders(place, wanted):
        return coco_folder(yolo, place, keep)
    if voc := voc_folders(place, wanted):
        return _of_voc(voc, place, wanted, keep)
    raise UserError(
        "{place} holds no labelled set: expected a COCO JSON, a data.yaml, images/ with labels/, or Annotations/ with JPEGImages/",
        place=place,
    )


def _of_voc(voc: VocFolders, place: Path, wanted: Sequence[str], keep: int) -> CocoFolder:
    split = next((name for name in wanted if (voc.lists / f"{name}.txt").is_file()), "")
    document, left_out = coco_of_voc(voc, split)
    own = voc.labels.name.lower()
    taken = split or (own if voc.labels == voc.pictures and own in wanted else "")
    notes = (chosen(place, taken), *left_out) if taken else left_out
    return CocoFolder(place, voc.pictures, keep, document, notes)


# ── a COCO file and its pictures ──


def _beside(file: Path) -> Path | None:
    """The folder of a COCO file's pictures; None where none of them is there.

    It has the file's name or, as COCO itself has it, the last part of that (`instances_val2017.json` with `val2017`); or it
    is called `images`, or it is the file's own.
    """
    split = file.stem.rpartition("_")[2].casefold()
    homes = [
        file.parent,
        *([file.parent.parent] if file.parent.name.lower() == "annotations" else []),
    ]
    if file.with_suffix("").is_dir():
        return file.with_suffix("")
    folders = {
        path.relative_to(home).as_posix().casefold(): path
        for home in homes
        for path in (*_folders_in(home), *_folders_in(home / "images"))
    }
    for name in (f"images/{split}", split, "images"):
        if name in folders:
            return folders[name]
    own = file.parent
    return own if any(path.suffix.lower() in PICTURES for path in own.glob("*")) else None


def _folders_in(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*")) if path.is_dir())


def _coco_file(place: Path, wanted: Sequence[str]) -> Path | None:
    """The COCO JSON of a folder: alone, or by the name of the wanted list in its own name or its folder's."""
    candidates = [
        path
        for pattern in ("*", "*/*")
        for path in sorted(place.glob(pattern))
        if path.suffix.lower() == ".json"
        and path.stat().st_size <= MAX_JSON
        and _is_like_coco(path.read_bytes())
    ]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    for name in wanted:
        for path in candidates:
            if name in (path.parent.name.lower(), path.stem.lower()) or name in path.stem.lower():
                return path
    raise UserError(
        "{place} holds {n} COCO files, and none is named as its list {names}: name one of {files}",
        place=place,
        n=len(candidates),
        names=", ".join(wanted),
        files=listed(path.relative_to(place) for path in candidates),
    )


def _is_like_coco(data: bytes) -> bool:
    return any(
        all(f'"{part}"'.encode(encoding) in data for part in PARTS)
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
    )
