"""Claims about the doors for words: what is said is found, what is found is translated, and both doors say the same."""

import json
import pickle
import re
import threading
from pathlib import Path

import pytest
from lab_reference import in_node, make_case, needs_node

from dualviz import lab, words
from dualviz.pictures.truth import TruthError, read_truth
from dualviz.words.catalogue import FIELD, Catalogue, Entry, pseudo, read_po, write_po
from dualviz.words.gather import (
    fragment_sentences,
    gathered,
    merged,
    python_sentences,
    script_sentences,
    translated,
)

ROOT = Path(__file__).resolve().parents[2]
# Rooms whose every sentence a complete catalogue translates: the laboratory, its page and the frame round it.
COMPLETE = (
    "app.py",
    "dualviz/charts/",
    "dualviz/commands/",
    "dualviz/detector/",
    "dualviz/exports/",
    "dualviz/lab/__init__.py",
    "dualviz/lab/check.py",
    "dualviz/lab/detections/",
    "dualviz/lab/laboratory/",
    "dualviz/lab/lesson.py",
    "dualviz/lab/lesson/",
    "dualviz/lab/quiz.py",
    "dualviz/lab/quiz/",
    "dualviz/lab/site/",
    "dualviz/lab/start/",
    "dualviz/web/exercise.py",
    "dualviz/web/pages/teach.py",
    "dualviz/web/teach/",
    "dualviz/web/controls.py",
    "dualviz/web/detections/",
    "dualviz/web/evidence/",
    "dualviz/web/findings.py",
    "dualviz/lessons/",
    "dualviz/study/",
    "dualviz/training/",
    "dualviz/pictures/",
    "dualviz/web/gallery.py",
    "dualviz/web/laboratory/",
    "dualviz/web/language.py",
    "dualviz/web/official.py",
    "dualviz/lab/site/",
    "dualviz/exports/site/",
    "dualviz/web/laboratory/",
    "dualviz/web/pages/detections.py",
    "dualviz/web/pages/evidence.py",
    "dualviz/web/pages/laboratory.py",
    "dualviz/web/pages/training.py",
    "dualviz/web/reading.py",
    "dualviz/web/missing.py",
    "dualviz/web/session.py",
    "dualviz/web/sidebar.py",
    "dualviz/web/takeaway.py",
    "dualviz/web/training/",
    "dualviz/web/uploads.py",
)
SAME = {"BCE", "NMS", "NMS IoU {iou}", "Space", "Top-1"}  # alike in both languages
CHINESE = words.catalogue("zh_CN")
POLISH = Catalogue(
    "pl",
    {"{n} anchor": Entry("{n} anchors", ("{n} kotwica", "{n} kotwice", "{n} kotwic"), ("lab.js",))},
    "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2",
)


def test_a_language_belongs_to_its_context() -> None:
    heard = {}

    def session(name: str, others: threading.Barrier) -> None:
        words.use(name)
        others.wait()  # both have chosen before either speaks
        heard[name] = words._("Stage")

    together = threading.Barrier(3)
    threads = [
        threading.Thread(target=session, args=(name, together)) for name in ("zh_CN", "en", "qps")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {"zh_CN": "画面", "en": "Stage", "qps": "⟦Stage~~⟧"}
    assert words.language() == "en", "this context never chose"


def test_an_unknown_language_is_english() -> None:
    words.use("xx")
    assert (words.language(), words._("Stage")) == ("en", "Stage")


def test_an_error_is_english_to_code_and_local_to_its_reader() -> None:
    error = words.UserError("Object {object} of {all}", object=2, all=3)
    assert isinstance(error, ValueError) and str(error) == "Object 2 of 3"
    wanted = words.UserError("as trained ({size} px)", size=640)
    words.use("zh_CN")
    try:
        assert words.said(wanted) == "与训练时相同（640 像素）"
        assert words.said(ValueError("plain")) == "plain"
    finally:
        words.use("en")


def test_what_is_kept_is_said_in_the_language_of_its_reader() -> None:
    """A note and an error of a cached function are read by sessions of two languages, one after the other."""
    note = words.Sentence("as trained ({size} px)", size=words.Sentence("Stage"))
    counted = words.Sentence("{n} box", "{n} boxes", 2)
    table = words.Labels({"stage": "Stage"})
    error = words.UserError("as trained ({size} px)", size=note)
    assert (str(note), str(counted), table["stage"]) == (
        "as trained (Stage px)",
        "2 boxes",
        "Stage",
    )
    with words.speaking("qps"):
        assert dict(table) == {"stage": "⟦Stage~~⟧"} and "⟦Stage~~⟧" in str(note)
        assert "⟦Stage~~⟧" in words.said(error)
        assert str(error) == "as trained (as trained (Stage px) px)"
        made_abroad = words.UserError("Stage")
    assert words.language() == "en" and str(made_abroad) == "Stage"
    assert pickle.loads(pickle.dumps(error)).sentence == error.sentence


def test_sentences_and_parts_follow_one_another_as_the_language_sets_them() -> None:
    assert words.joined("一。", "二？", "Three.", "**四。**", "五") == "一。二？Three. **四。** 五"
    with words.speaking("zh_CN"):
        assert words.listed(["甲", "乙"]) == "甲，乙"
    assert (words.listed(["a", "b"]), words.listed([])) == ("a, b", "")


def test_a_field_that_is_not_given_is_an_error() -> None:
    with pytest.raises(KeyError, match="all"):
        words._("{object} of {all}", object=1)


# ── catalogues ──


def test_a_catalogue_comes_back_as_it_was_written(tmp_path: Path) -> None:
    odd = Catalogue(
        "pl",
        {
            'say "{x}"\\': Entry("", ("„{x}”\n\\",), ("a.py", "b.js")),
            "untold": Entry("", ()),
            "{n} box": Entry("{n} boxes", ("a", "b", "c"), ("c.js",)),
            "{n} cup": Entry("{n} cups", (), ("c.js",)),
        },
        POLISH.rule,
    )
    write_po(tmp_path / "pl.po", odd, 3)
    assert read_po(tmp_path / "pl.po") == odd


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"', "stands twice"),
        ('msgid "a"\nmsgstr b', "line 5: expected an entry"),
        ('msgid "{n} a"\nmsgid_plural "{n} as"\nmsgstr[0] "b"\nmsgstr[1] "c"', "has 2 forms"),
        ('"no keyword"', "line 4: expected an entry"),
    ],
)
def test_a_slip_in_a_catalogue_is_named_with_its_place(
    tmp_path: Path, text: str, fault: str
) -> None:
    head = 'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;"\n\n'
    (tmp_path / "xx.po").write_text(head + text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(fault)):
        read_po(tmp_path / "xx.po")


def test_every_sentence_has_a_translation_and_no_translation_is_unused() -> None:
    found = gathered()
    assert merged(CHINESE, found) == CHINESE, "run `python -m dualviz words`"
    untold = [
        key
        for key, entry in CHINESE.entries.items()
        if any(place.startswith(COMPLETE) for place in entry.places) and not entry.forms
    ]
    assert untold == []
    assert all(
        any(place.startswith(room) for e in found.values() for place in e.places)
        for room in COMPLETE
    )


def test_translations_keep_the_fields_and_are_translations() -> None:
    for key, entry in CHINESE.entries.items():
        for form in entry.forms:
            assert set(FIELD.findall(form)) == set(FIELD.findall(entry.many or key)), key
        if entry.forms and re.search(r"[A-Za-z]{3}", FIELD.sub("", key)):
            assert entry.forms[0] != key or key in SAME, f"{key} is not translated"


def test_the_reader_is_addressed_in_one_way() -> None:
    assert [key for key, entry in CHINESE.entries.items() if "你" in "".join(entry.forms)] == []


def test_bold_words_end_where_markdown_sees_it() -> None:
    """A mark of bold between a sign and a letter closes nothing: "**甲。**乙" shows its stars."""
    for key, entry in CHINESE.entries.items():
        for form in entry.forms:
            for bold, after in re.findall(r"\*\*(.+?)\*\*(.)", form):
                assert bold[-1].isalnum() or not after.isalnum() or bold[-1] == "}", key


def test_chinese_calls_a_thing_by_the_glossary_s_word_only() -> None:
    rows = (ROOT / "dualviz" / "words" / "glossary.md").read_text(encoding="utf-8").splitlines()
    avoided = [cells[4] for row in rows if len(cells := row.split("|")) == 6]
    wrong = {word for cell in avoided for word in re.findall(r"[\u4e00-\u9fff]+", cell)}
    assert {"下界", "对象", "骨干"} <= wrong
    said = [form for entry in CHINESE.entries.values() for form in entry.forms]
    assert [form for form in said if any(word in form for word in wrong)] == []


def test_code_that_others_changed_since_is_named_with_its_year() -> None:
    said = [text for key, entry in CHINESE.entries.items() for text in (key, entry.many)]
    assert not [text for text in said if "public code" in text.lower()]
    assert not [form for e in CHINESE.entries.values() for form in e.forms if "公开代码" in form]
    assert any("THU-MIG’s 2024 code" in text for text in said)


# ── finding what is said ──


def test_sentences_are_found_in_all_three_kinds_of_file() -> None:
    python = (
        'x = _("a {b}", b=1)\ny = ngettext("one", "many", 3)\nraise UserError("no")\nother("d")'
    )
    assert list(python_sentences(python, "a.py")) == [("a {b}", ""), ("one", "many"), ("no", "")]
    kept = 'Sentence("a", b=1)\nUserError("{n} a", "{n} as", 3)\nLabels({"k": "one", "l": "two"})'
    assert list(python_sentences(kept, "a.py")) == [
        *(("a", ""), ("{n} a", "{n} as"), ("one", ""), ("two", ""))
    ]
    script = 'const a = t("say \\"x\\"", { a }); tn("one", "many", n); set("not"); o.t("not");'
    assert list(script_sentences(script, "a.js")) == [('say "x"', ""), ("one", "many")]
    html = '<p title="Keys (?)">One <b>two</b> × 3</p><button data-do="not">Go on</button>'
    assert [one for one, _many in fragment_sentences(html, "a.html")] == [
        *("Keys (?)", "One", "two", "Go on")
    ]


def test_a_door_that_is_given_no_plain_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.py, line 2: give the sentence as plain text"):
        list(python_sentences('\n_(f"a {b}")', "a.py"))
    for python in ("Labels(table)", 'Labels({"a": b})', 'Sentence("a", many, 2)', "UserError(why)"):
        with pytest.raises(ValueError, match=r"a\.py, line 2: give the sentence as plain text"):
            list(python_sentences(f"\n{python}", "a.py"))
    for script in ("t(`a ${b}`)", "t(words)", 'tn("one", n)'):
        with pytest.raises(ValueError, match=r"a\.js, line 2: give the sentence in double quotes"):
            list(script_sentences(f"\nconst x = {script};", "a.js"))


def test_a_fragment_is_translated_in_its_place_and_stays_the_same_html() -> None:
    html = (ROOT / "dualviz/lab/laboratory/laboratory.html").read_text(encoding="utf-8")
    assert translated(html, lambda text: text) == html
    told = translated(html, pseudo)
    tags = re.compile(r"<[^>]*>")
    names = re.compile(r"<(/?[\w-]+)")
    assert [names.match(tag)[1] for tag in tags.findall(told)] == [
        names.match(tag)[1] for tag in tags.findall(html)
    ]
    assert re.findall(r'data-do="[^"]*"', told) == re.findall(r'data-do="[^"]*"', html)


# ── both doors ──


@needs_node
@pytest.mark.parametrize("name", ["en", "zh_CN", "qps", "pl"])
def test_both_doors_say_the_same(name: str) -> None:
    catalogue = POLISH if name == "pl" else words.catalogue(name)
    script = """
        const { speak, spokenTag, t, tn } = await import("../dualviz/lab/kit/words.js");
        new Function("speak", given.statement)(speak);
        const counted = given.counts.map((n) => given.plurals.map(([one, many]) => tn(one, many, n, given.fields)));
        console.log(JSON.stringify({ tag: spokenTag(), said: given.keys.map((key) => t(key, given.fields)), counted }));
    """
    entries = (CHINESE if name != "pl" else POLISH).entries
    spoken = {key: e for key, e in entries.items() if any(p.endswith(".js") for p in e.places)}
    plurals = [(key, entry.many) for key, entry in spoken.items() if entry.many]
    keys = [key for key, entry in spoken.items() if not entry.many]
    english = [text for key, entry in spoken.items() for text in (key, entry.many)]
    fields = {field: f"‹{field}›" for text in english for field in FIELD.findall(text)}
    del fields["n"]
    counts = [0, 1, 2, 5, 11, 12, 21, 22, 25]
    given = {
        "statement": catalogue.for_browser(),
        "counts": counts,
        "plurals": plurals,
        "keys": keys,
        "fields": fields,
    }
    said = in_node(script, given)
    fill = words.filled
    assert said["tag"] == {"en": "en", "zh_CN": "zh-CN", "qps": "qps", "pl": "pl"}[name]
    assert said["said"] == [fill(catalogue.one(key), fields) for key in keys]
    assert said["counted"] == [
        [fill(catalogue.form(one, many, n), {"n": n, **fields}) for one, many in plurals]
        for n in counts
    ]
    if name == "pl":
        assert [row[0] for row in said["counted"]] == [
            *("0 kotwic", "1 kotwica", "2 kotwice", "5 kotwic", "11 kotwic", "12 kotwic"),
            *("21 kotwic", "22 kotwice", "25 kotwic"),
        ]


def test_a_marked_string_leaves_its_fields_outside() -> None:
    assert pseudo("{a} of {b}") == "{a} ⟦of~⟧ {b}"
    assert pseudo("one\ntwo") == "⟦one~~⟧\n⟦two~~⟧"
    assert json.loads(json.dumps(pseudo("{a}"))) == "{a}"


def test_the_page_on_its_own_speaks_the_language_of_whoever_made_it() -> None:
    packed = make_case(2).packed()
    words.use("zh_CN")
    try:
        chinese = lab.standalone(packed)
    finally:
        words.use("en")
    english = lab.standalone(packed)
    assert '<html lang="zh-CN">' in chinese and '<html lang="en">' in english
    assert "<title>DualViz 实验室</title>" in chinese
    assert "监督差距" in chinese and "监督差距" not in english
    assert chinese.count('speak("zh-CN"') == 1 and "://" not in chinese.replace(
        "http://www.w3.org", ""
    )


# ── what cached functions find out ──


def test_an_error_of_a_cached_function_is_read_in_the_language_of_each_session() -> None:
    """A truth file read once is refused to a Chinese and to an English reader, each in their own words."""
    kept: list[Exception] = []

    def read() -> None:
        """Stands for what a cache keeps: raised once, in whatever language was spoken then."""
        with words.speaking("zh_CN"), pytest.raises(TruthError) as raised:
            read_truth(b"0 0.5 0.5 0.5\n9 .5 .5 .2 .2", "labels.txt", (100, 80), ("cell",))
        kept.append(raised.value)

    read()
    error = kept[0]
    assert str(error) == "labels.txt, line 2: class id 9 is not among cell"
    with words.speaking("zh_CN"):
        assert words.said(error) == "labels.txt，第 2 行：类别编号 9 不在 cell 之中"
    assert words.said(error) == str(error)


def test_notes_on_a_file_are_read_in_the_language_of_each_session() -> None:
    with words.speaking("zh_CN"):
        truth = read_truth(b"0 .5 .5 .5 .5\n0 .5 .5 0 .2\n0 9", "a.txt", (100, 80), ("cell",))
    (note,) = truth.notes
    assert str(note) == (
        "a.txt: 2 boxes are left out: line 2 (the box (50, 32) to (50, 48) has no area or is inside out), "
        "line 3 (expected 5 numbers, got 2)"
    )
    with words.speaking("zh_CN"):
        assert str(note).startswith(
            "a.txt：略去了 2 个框：第 2 行（框 (50, 32) 至 (50, 48) 没有面积"
        )
