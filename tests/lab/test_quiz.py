"""Claims about the six-question test: judged and kept in the browser, its key honest, its file alone."""

import re

from lab_reference import in_node, needs_node

from dualviz import words
from dualviz.lab.joined import joined_module
from dualviz.lab.quiz import ENTRY, questions, standalone_quiz


def test_six_questions_in_both_languages_with_keys_that_are_spread() -> None:
    english = questions()
    words.use("zh_CN")
    try:
        chinese = questions()
    finally:
        words.use("en")
    assert len(english) == len(chinese) == 6
    for one, other in zip(english, chinese):
        assert len(one["options"]) == len(set(one["options"])) == 3
        assert one["right"] == other["right"] and one["words"] != other["words"]
    assert sorted(one["right"] for one in english) == [0, 0, 1, 1, 2, 2], (
        "no letter is the safe guess"
    )


@needs_node
def test_results_become_a_csv_that_no_sheet_runs() -> None:
    script = """
        const { createResults, csvOf, partnerOf, scoreOfRow } = await import("../dualviz/lab/quiz/results.js");
        const results = createResults(); // node has no storage, as a closed frame has none
        given.forEach(results.add);
        const csv = csvOf(results.rows, 2);
        const partner = partnerOf(results.rows.slice(0, -1), results.rows.at(-1));
        const scores = results.rows.map(scoreOfRow);
        results.forget();
        console.log(JSON.stringify({ csv, partner, scores, left: results.rows.length }));
    """
    rows = [
        {"when": "1", "round": "before", "name": "Li", "given": [0, 2], "right": [True, False]},
        {
            "when": "2",
            "round": "before",
            "name": '=HYPERLINK("x"),',
            "given": [1, 1],
            "right": [False, False],
        },
        {"when": "3", "round": "after", "name": "Li", "given": [0, 1], "right": [True, True]},
    ]
    told = in_node(script, rows)
    lines = told["csv"].split("\r\n")
    assert lines[0] == "when,round,name,answer 1,answer 2,right 1,right 2,right of all"
    assert lines[1] == "1,before,Li,A,C,1,0,1"
    assert lines[2] == '2,before,"\'=HYPERLINK(""x""),",B,B,0,0,0'
    assert told["partner"]["when"] == "1" and told["scores"] == [1, 0, 2] and told["left"] == 0


@needs_node
def test_the_file_needs_nothing_and_its_module_is_accepted() -> None:
    page = standalone_quiz()
    assert "://" not in page.replace("http://www.w3.org", "")
    assert "fetch(" not in page and "postMessage" not in page and "XMLHttpRequest" not in page
    assert page.count("<script") == 2
    joined = joined_module(ENTRY)
    assert (
        in_node(
            "await import(`data:text/javascript,${encodeURIComponent(given)}`); console.log(1)",
            joined,
        )
        == 1
    )
    assert re.search(r"Results stay on this device", page)
