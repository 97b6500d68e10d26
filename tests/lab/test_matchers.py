"""Claims about Hungarian matching in the browser: it is SciPy's, and it leaves without whom nothing is offered."""

import numpy as np
from lab_reference import in_node, needs_node
from scipy.optimize import linear_sum_assignment

SCRIPT = """
    const { hungarian } = await import("../dualviz/lab/engine/hungarian.js");
    console.log(JSON.stringify(given.map((table) =>
        Array.from(hungarian((g, a) => table[g][a], table.length, table[0]?.length ?? 0)))));
"""


@needs_node
def test_by_hand_the_sum_decides_and_not_the_best_of_each() -> None:
    """0.8 + 0.7 beats 0.9 + 0.1; a row of zeros, and a row too many, stay without; ties and an empty table."""
    tables = [[[0.9, 0.8], [0.7, 0.1]], [[0, 0], [0.5, 0]], [[0.5], [0.7]], [[1, 1], [1, 1]], []]
    first, zeros, narrow, tie, empty = in_node(SCRIPT, tables)
    assert (first, zeros, narrow, empty) == ([1, 0], [-1, 0], [-1, 0], [])
    assert sorted(tie) == [0, 1]


@needs_node
def test_the_browsers_sum_is_that_of_scipy() -> None:
    rng = np.random.default_rng(3)
    tables = []
    for seed in range(40):
        table = rng.random((1 + seed % 9, 1 + (7 * seed) % 23)) ** 3
        tables.append(table * (rng.random(table.shape) < 0.6))
    for table, chosen in zip(tables, in_node(SCRIPT, [table.tolist() for table in tables])):
        rows, columns = linear_sum_assignment(table, maximize=True)
        taken = [(g, a) for g, a in enumerate(chosen) if a >= 0]
        assert len({a for _, a in taken}) == len(taken)
        assert all(table[g, a] > 0 for g, a in taken)
        assert np.isclose(sum(table[g, a] for g, a in taken), table[rows, columns].sum())
