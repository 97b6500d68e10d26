"""`data.yaml`, as ultralytics, Roboflow and CVAT write it: class names, lists of pictures, and what a pose is made of.

Every value is taken as the text that stands there, so that a class may be called `no`, `2020-01-01` or `null`.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from dualviz.pictures.objects import MAX_CLASSES, cut, listed
from dualviz.pictures.text import read_text
from dualviz.words import UserError

LISTS = ("val", "valid", "validation", "test", "train")
MAX_YAML = 1 << 20  # bytes; ten thousand names have 200 kB
MAX_EVENTS = 100_000
MAX_DEPTH = 20
Loader = getattr(
    yaml, "CBaseLoader", yaml.BaseLoader
)  # libyaml's, where it was built in, is tenfold as fast


@dataclass(frozen=True)
class Settings:
    """What a `data.yaml` says.

    Attributes:
        names: of the classes, in the order of their ids.
        lists: the folders and files of each list that it names, by the list's key.
        path: where these are looked for, as it is written; "" where nothing is.
        pose_shape: how many points a pose has and how many numbers each of them; None where it does not say.
    """

    names: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    path: str
    pose_shape: tuple[int, int] | None


def has_names(file: Path) -> bool:
    """Whether a YAML file names classes.

    Raises:
        UserError: no YAML.
    """
    return "names" in _plain(file)


def read_settings(file: Path) -> Settings:
    """Read a `data.yaml`.

    Raises:
        UserError: no YAML, or names that are neither a list nor by ids from 0 on.
    """
    said = _plain(file)
    lists = {}
    for key in LISTS:
        value = said.get(key)
        parts = tuple(map(str, value)) if isinstance(value, list) else (str(value or ""),)
        if any(parts):
            lists[key] = parts
    path = said.get("path")
    shape = said.get("kpt_shape")
    counts = [int(n) for n in shape if _is_count(n)] if isinstance(shape, list) else []
    return Settings(
        _names(said.get("names"), file),
        lists,
        path.strip() if isinstance(path, str) else "",
        (counts[0], counts[1]) if len(counts) == 2 else None,
    )


def _plain(file: Path) -> dict[str, object]:
    """Texts, lists and dicts by key, within a budget of bytes, values and depth, and without aliases."""
    text = read_text(file, MAX_YAML)
    try:
        _check(text)
        settings = yaml.load(text, Loader)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise UserError(
            "{file} is not valid YAML ({why})", file=file, why=cut(error, 120)
        ) from error
    return {str(k): v for k, v in settings.items()} if isinstance(settings, dict) else {}


def _check(text: str) -> None:
    """Refuse what costs more than it holds: aliases, by which a kilobyte can stand for gigabytes, and depth."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader)):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("it refers to itself by an alias, which no data.yaml does")
        if "python" in (getattr(event, "tag", None) or ""):
            raise yaml.YAMLError("it asks for Python to be run, which no data.yaml does")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or count > MAX_EVENTS:
            raise yaml.YAMLError("it holds or nests more than any data.yaml")


def _names(names: object, file: Path) -> tuple[str, ...]:
    if isinstance(names, dict):
        by_id: dict[str, object] = names
        missing = [
            str(label) for label in range(min(len(by_id), MAX_CLASSES)) if str(label) not in by_id
        ]
        if missing:
            raise UserError(
                "{file} must give names by ids from 0 on, but has none for {ids}",
                file=file,
                ids=listed(missing),
            )
        names = [by_id[str(label)] for label in range(len(by_id))]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UserError(
            "{file} must give names as a list, or by ids from 0 on, got {names}",
            file=file,
            names=cut(names),
        )
    return tuple(name.strip() or f"class {label}" for label, name in enumerate(names))


def _is_count(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 5
