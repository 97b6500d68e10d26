"""How a room of the laboratory's family comes onto a page: one payload with a seed behind it, sent only on occasion.

The laboratory and the detections page mount alike: their modules joined, their fragment and sheets as text, and bytes
that stay the same, so that they travel once, until picture, truth or Python's own push change.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dualviz.lab.payload import header, with_seed
from dualviz.words import ENGLISH, language

Own = tuple[Sequence[Sequence[float]], Sequence[int]]


def plain_truth(own: Own) -> dict[str, list]:
    """Truth boxes (G, 4), xyxy pixels, and labels (G,) as a seed carries them."""
    boxes, labels = own
    return {"boxes": [list(map(float, box)) for box in boxes], "labels": list(map(int, labels))}


def mount(
    name: str,
    files: Mapping[str, str],
    packed: bytes,
    state: Mapping[str, Any],
    own: Own,
    push: Any,
    key: str,
    **callbacks: Callable[[], None] | None,
) -> Any:
    """Show a component over a payload and return its result. Another language is another component: it mounts anew.

    Args:
        name: of the component, for Streamlit.
        files: its `html`, `css` and `js` as text.
        packed: from `payload`.
        state: what to show at first, clean.
        own: the truth to begin with.
        push: any value; when it changes, the browser takes the state over again.
        key: name of this component in the session.
        callbacks: `on_state_change` and the like.
    """
    import streamlit as st

    if language() != ENGLISH:
        name, key = f"{name}_{language()}", f"{key} {language()}"
    own_truth = plain_truth(own)
    head = header(packed)
    occasion = [head["id"], head["name"], head["detector"], own_truth, push]
    memory = f"{key}-seed"
    last = st.session_state.get(memory)
    if last is None or last["occasion"] != occasion or key not in st.session_state:
        revision = 0 if last is None else last["revision"] + 1
        seed = {"rev": revision, "own": own_truth, **state}
        last = {"occasion": occasion, "revision": revision, "bytes": with_seed(packed, seed)}
        st.session_state[memory] = last
    component = st.components.v2.component(name, **files)
    given = {event: call or (lambda: None) for event, call in callbacks.items()}
    return component(key=key, data=last["bytes"], **given)
