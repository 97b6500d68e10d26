"""What a run of one's own shall be: rules, pictures, minutes, and a button that can be pressed at once."""

import html
from dataclasses import replace

import streamlit as st

from dualviz.charts.screen.ground import data_uri
from dualviz.pictures.scenes import CROWDS, random_scene
from dualviz.training.run import Teacher
from dualviz.web import controls, exercise, gallery, link, markup
from dualviz.web.training import rules, runs
from dualviz.web.training.runs import OwnRun, Wish
from dualviz.words import UserError, _, ngettext, said

SET = "own"
SAMPLE = 3  # seed of the smear that shows a crowding
MINUTES = 3


def view() -> None:
    """Ask, and begin."""
    st.title(_("Train two heads, and see which rule teaches better"))
    st.write(
        _(
            "A network learns from nothing, here and now. Its **one-to-many** head is taught by ten anchors an object. Beside it learn heads that answer **once**: for every object an anchor is ranked by m = scoreᵅ × overlapᵝ, and only the best one teaches. All look through the same trunk at the same pictures; only their rules differ."
        )
    )
    if runs.is_off():
        words = _(
            "This server trains nothing: {switch} is off. On your own computer the page trains, and so does `{command}`.",
            switch=runs.SWITCH,
            command="python -m dualviz train",
        )
        st.info(words, icon=":material/info:")
        return
    left, right = st.columns((5, 4), gap="large")
    with left:
        names, own = rule_part()
        wish, zipped = picture_part()
        minutes = st.slider(
            _("Minutes"),
            *(1, 30),
            **link.bound("minutes", MINUTES, link.within(1, 30)),
            help=_(
                "Of training. The first steps are timed, then their number is fixed, so that the schedule fits."
            ),
        )
        ready = bool(names) and (bool(wish.crowd) or bool(wish.place) or zipped is not None)
        if st.button(
            _("Begin"), type="primary", icon=":material/play_arrow:", disabled=not ready, key="own begin", width="stretch"
        ):  # fmt: skip
            riders = tuple(rules.rider(name, own) for name in names)
            start(replace(wish, minutes=float(minutes), riders=riders), zipped)
        if not names:
            st.caption(_("Choose a rule to hold against the consistent one."))
        line_words()
    with right:
        sample(wish)
    kept_runs()


def start(wish: Wish, zipped: bytes | None) -> None:
    """Begin, and show the run; what is wrong is one sentence."""
    try:
        run = runs.begin(wish, zipped)
    except UserError as error:
        st.error(markup.plain(said(error)), icon=":material/error:")
        return
    link.change(run=run.name)
    st.rerun()


def rule_part() -> tuple[list[str], Teacher]:
    """The rules of the heads beside the consistent one, and the numbers of one's own."""
    key = "own rules"
    if key not in st.session_state:
        wanted = link.value("rules", rules.FIRST).split(exercise.APART)
        st.session_state[key] = [name for name in wanted if name in rules.RULES][: runs.MOST_RIDERS]

    def changed() -> None:
        chosen = exercise.APART.join(st.session_state[key])
        link.change(rules=None if chosen == rules.FIRST else chosen)

    st.markdown(_("**Consistent** (α 0.5, β 6: it ranks as the one-to-many head does) against"))
    names = st.multiselect(
        _("Rules of the other heads"),
        list(rules.RULES),
        format_func=rules.RULES.get,
        max_selections=runs.MOST_RIDERS,
        key=key,
        on_change=changed,
        label_visibility="collapsed",
        placeholder=_("Choose a rule"),
    )
    for name in names:
        st.caption(markup.explained(rules.title(name), rules.MEANINGS[name]))
    own = Teacher()
    if rules.OWN in names:
        columns = st.columns(3)
        alpha = columns[0].number_input(
            "α", 0.0, 8.0, **link.bound("ra", 1.0, link.within(0.0, 8.0))
        )
        beta = columns[1].number_input(
            "β", 0.0, 24.0, **link.bound("rb", 6.0, link.within(0.0, 24.0))
        )
        topk = columns[2].number_input("k", 1, 13, **link.bound("rk", 1, link.within(1, 13)))
        own = Teacher(topk, alpha, beta)
    return names, own


def picture_part() -> tuple[Wish, bytes | None]:
    """Smears of a crowding, or a set of one's own as a zip, at the own computer also as a folder."""
    names = dict(CROWDS) | {SET: _("a set of my own")}
    which = controls.one_of(_("Pictures"), names, "crowd", "mixed")
    if which != SET:
        return Wish(crowd=which), None
    file = st.file_uploader(
        _("A labelled set as one zip"),
        type="zip",
        key="own set",
        help=_(
            "As YOLO, Roboflow, CVAT, Label Studio, PASCAL VOC or COCO leave it: pictures and their boxes."
        ),
    )
    place = ""
    if exercise.is_local(st.context.url or ""):
        place = st.text_input(_("or its folder on this computer"), key="own place").strip()
    name = file.name if file else place
    wish = Wish(crowd="", place="" if file else place, set_name=name)
    return wish, file.getvalue() if file else None


def sample(wish: Wish) -> None:
    """What a picture of that crowding looks like."""
    if wish.crowd:
        picture = gallery.rendered(random_scene(SAMPLE, crowd=wish.crowd))
        # within the page, not as a file that a press of Begin would drop before it is shown
        alt = html.escape(_("A smear of this crowding"), quote=True)
        st.html(f'<img style="width: 100%" alt="{alt}" src="{data_uri(picture.image)}">')
        st.caption(
            _(
                "Such smears it learns from, each another: here {n} cells, with exact boxes from the renderer.",
                n=len(picture.truth) if picture.truth else 0,
            )
        )


def line_words() -> None:
    """How many runs would come first."""
    ahead = sum(run.standing.lives for run in runs.here())
    if ahead:
        st.caption(
            ngettext(
                "{n} run is in line before yours: one trains at a time.",
                "{n} runs are in line before yours: one trains at a time.",
                ahead,
            )
        )
    else:
        st.caption(
            _(
                "It trains in a process of its own: this page may be reloaded or closed, the run goes on."
            )
        )


def kept_runs() -> None:
    """At the own computer, the runs that are kept here; elsewhere a run is known to those who have its link."""
    if not exercise.is_local(st.context.url or ""):
        return
    if kept := runs.here():
        with st.expander(_("Runs kept on this computer"), icon=":material/history:"):
            for run in kept:
                if st.button(run_title(run), key=f"own open {run.name}", type="tertiary"):
                    link.change(run=run.name)
                    st.rerun()


def run_title(run: OwnRun) -> str:
    """When a run was begun, and its rules."""
    day, time = run.name.split("-")[:2]
    when = f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}"
    others = ", ".join(rules.title(rider.name) for rider in run.wish.riders)
    return f"{when} · {others}"
