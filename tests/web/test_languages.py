"""Claims about two readers of one server: each is spoken to in the language of its own link."""

from opened_app import opened, words


def test_two_sessions_of_one_server_speak_two_languages_at_once() -> None:
    english = opened(pic="sparse")
    chinese = opened(pic="sparse", lang="zh_CN")
    for _turn in range(2):  # in turns, so that a cache that forgot the language would show
        english.run()
        assert english.sidebar.selectbox[0].label == "Picture"
        assert "classes" in words(english) and "类别" not in words(english)
        chinese.run()
        assert chinese.sidebar.selectbox[0].label == "图片"
        assert "个类别" in words(chinese) and "classes" not in words(chinese)


def test_the_selector_changes_the_language_and_the_link() -> None:
    app = opened()
    box = next(one for one in app.sidebar.selectbox if one.label == "Language")
    assert box.value == "en" and "lang" not in app.query_params
    box.set_value("zh_CN").run()
    assert not app.exception
    assert app.query_params["lang"] in ("zh_CN", ["zh_CN"])
    box = next(one for one in app.sidebar.selectbox if one.label == "语言")
    box.set_value("en").run()
    assert "lang" not in app.query_params
    assert app.sidebar.selectbox[0].label == "Picture"


def test_a_language_nobody_speaks_is_english() -> None:
    assert opened(lang="tlh").sidebar.selectbox[0].label == "Picture"
