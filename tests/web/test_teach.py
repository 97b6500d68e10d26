"""Claims about the Teach page: links that students can reach, codes that say them, exercises that show what they name."""

from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest
from opened_app import opened

from dualviz import words
from dualviz.lab.quiz import questions
from dualviz.lessons import LESSONS
from dualviz.web import exercise
from dualviz.web.share import network_address, qr_png, qr_svg
from dualviz.web.teach.exercise import embed_code
from dualviz.web.teach.notes import PAUSE, SHORT


def test_a_code_is_read_as_the_link_it_was_made_of() -> None:
    address = exercise.exercise_link(
        "http://192.168.1.20:8501/", "lesson", {"lesson": "2", "title": "谁赢？ A & B", "note": ""}
    )
    assert parse_qs(urlsplit(address).query) == {"lesson": ["2"], "title": ["谁赢？ A & B"]}
    picture = cv2.imdecode(np.frombuffer(qr_png(address), np.uint8), cv2.IMREAD_GRAYSCALE)
    text, _corners, _straight = cv2.QRCodeDetector().detectAndDecode(picture)
    assert text == address
    assert qr_svg(address).startswith("<svg") and "http://www.w3.org" in qr_svg(address)
    assert 'src="http://192.168.1.20:8501/lesson?lesson=2&amp;' in embed_code(address)
    assert "embed=true" in embed_code(address) and "sandbox=" in embed_code(address)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]", "0.0.0.0", "a.localhost"]
)
def test_localhost_leads_nobody_here(host: str) -> None:
    assert exercise.is_local(f"http://{host}:8501/teach")
    found = network_address()
    assert found == "" or not exercise.is_local(f"http://{found}/")


def test_the_plans_fill_their_time() -> None:
    for minutes, lessons in ((45, [LESSONS[number - 1] for number in SHORT]), (90, LESSONS)):
        assert PAUSE < sum(lesson.minutes for lesson in lessons) + PAUSE <= minutes


@pytest.mark.parametrize("view", ["notes", "exercise", "worksheets", "test"])
@pytest.mark.parametrize("spoken", ["en", "zh_CN"])
def test_every_view_opens_in_both_languages(view: str, spoken: str) -> None:
    app = opened("teach", teach=view, lang=spoken)
    assert not app.exception
    assert [one.value for one in app.title] == [{"en": "Teach", "zh_CN": "教学"}[spoken]]
    key = " ".join(one.proto.body for one in app.get("html"))
    with words.speaking(spoken):
        told = [one["why"] in key for one in questions()]
    assert told == [view == "notes"] * 6, "whoever answers the test finds no key beside it"
    if view == "notes":  # on paper no list says whose they are
        assert app.subheader[0].value == app.selectbox(key="notes of").options[0]


def test_an_exercise_says_its_title_and_note_and_shows_everything_again() -> None:
    app = opened(
        "laboratory",
        pic="sparse",
        title="Who *wins*?",
        note="Turn α.\nSay why.",
        only="alpha.nonsense",
    )
    told = " ".join(one.value for one in app.markdown)
    assert r"Who \*wins\*?" in told and "Turn α.  \nSay why." in told, "two lines"
    app.button(key="exercise everything").click().run()
    assert "only" not in app.query_params and not app.exception
    app.button(key="exercise close").click().run()
    assert not {"title", "note"} & set(app.query_params)


def test_a_page_says_its_own_state_and_warns_of_files_that_no_link_carries() -> None:
    app = opened("laboratory", pic="file-1a2b3c4d", a="0.7", lang="zh_CN")
    app.button(key="share laboratory").click().run()
    told = " ".join(one.value for one in app.warning)
    assert "图片是您自己的文件" in told and not app.exception


@pytest.mark.parametrize("page", ["start", "detections", "training", "evidence", "teach"])
def test_a_presenters_page_has_no_doors_and_other_pages_have(page: str) -> None:
    app = opened(page)
    assert app.button(key=f"share {page}") and app.button(key=f"present {page}")
    app.button(key=f"present {page}").click().run()
    assert "1" in app.query_params["present"] and not app.exception
    assert not [one for one in app.button if one.key in (f"share {page}", f"present {page}")]
