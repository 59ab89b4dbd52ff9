"""The account of augmentation: what it counts, and what it quotes."""

import json

import numpy as np
import polars as pl
import pytest

from yiju.data.augment.account import account_for, choose_quotes
from yiju.data.augment.graph import sentence_graph
from yiju.data.augment.training_rows import Children, Texts

SIZES = ("1", "2", "3", "4-5", "6-10", "11-100", "101+")


def graph_of(rows):
    q, t, label = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return sentence_graph(q, t, label.astype(np.int8), np.full(len(rows), -1, dtype=np.int16))


def children_of(rows, left_out=None):
    """Children of (row of q, row of t, label, parents): their sentences are the first ones of those rows."""
    places = np.array([(2 * q, 2 * t) for q, t, _, _ in rows], dtype=np.int64).reshape(-1, 2)
    label = np.array([row[2] for row in rows], dtype=np.int8)
    parents = np.array([parent for row in rows for parent in row[3]], dtype=np.int64)
    offsets = np.cumsum([0, *(len(row[3]) for row in rows)])
    return Children(places, label, np.full(len(rows), -1), offsets, parents, left_out or {})


def account_of(method, rows, children):
    graph = graph_of(rows)
    quotes = choose_quotes(graph, children)
    texts = Texts(np.concatenate([children.places.reshape(-1), 2 * quotes.rows]))
    texts.look_at(pl.DataFrame([(f"s{q}", f"s{t}") for q, t, _ in rows], schema=["q", "t"], orient="row"))
    account = account_for(method, graph, children, quotes, texts)
    assert json.loads(json.dumps(account)) == account
    return account


def test_an_account_by_hand():
    # 0 - 1 - 2 and not 3; 4 - 5 contradicts itself.
    rows = [(0, 1, 1), (1, 2, 1), (2, 3, 0), (4, 5, 1), (5, 4, 0)]
    children = children_of([(0, 2, 1, [0, 1]), (1, 3, 0, [1, 2])], {"already there": 3})
    assert account_of("closure", rows, children) == {
        "method": "closure",
        "before": {"pairs": 5, "positive": 3},
        "after": {"pairs": 7, "positive": 4},
        "made": {"closure_positive": 1, "closure_negative": 1},
        "left_out": {"already there": 3},
        "graph": {
            "sentences": 6,
            "components": 3,
            "largest": 3,
            "sizes": {"1": 1, "2": 1, "3": 1, "4-5": 0, "6-10": 0, "11-100": 0, "101+": 0},
        },
        "contradictions": {"components": 1, "sentences": 2, "examples": [{"q": "s5", "t": "s4"}]},
        "examples": [
            {
                "operation": "closure_positive",
                "q": "s0",
                "t": "s2",
                "label": 1,
                "parents": [{"q": "s0", "t": "s1", "label": 1}, {"q": "s1", "t": "s2", "label": 1}],
            },
            {
                "operation": "closure_negative",
                "q": "s1",
                "t": "s4",
                "label": 0,
                "parents": [{"q": "s1", "t": "s2", "label": 1}, {"q": "s2", "t": "s3", "label": 0}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("method", "made"),
    [("none", {}), ("published", {"transfer_positive": 0, "transfer_negative": 0})],
)
def test_the_graph_is_told_though_nothing_is_made(method, made):
    account = account_of(method, [(0, 1, 1), (1, 0, 0)], children_of([]))
    assert account["made"] == made
    assert account["before"] == account["after"] == {"pairs": 2, "positive": 1}
    assert account["graph"]["components"] == account["contradictions"]["components"] == 1
    assert account["contradictions"]["examples"] == [{"q": "s1", "t": "s0"}]
    assert account["examples"] == []


def test_no_rows():
    account = account_of("closure", [], children_of([]))
    assert account["graph"] == {"sentences": 0, "components": 0, "largest": 0, "sizes": dict.fromkeys(SIZES, 0)}
    assert account["contradictions"] == {"components": 0, "sentences": 0, "examples": []}


@pytest.mark.parametrize(
    ("size", "name"),
    [(1, "1"), (2, "2"), (3, "3"), (4, "4-5"), (5, "4-5"), (6, "6-10"), (10, "6-10"), (100, "11-100"), (101, "101+")],
)
def test_sizes(size, name):
    rows = [(0, leaf, 1) for leaf in range(1, size)] or [(0, 0, 1)]
    sizes = account_of("none", rows, children_of([]))["graph"]["sizes"]
    assert sizes == {**dict.fromkeys(SIZES, 0), name: 1}


def test_short_ways_are_quoted_first_and_from_all_over():
    rows = [(n, n + 1, 1) for n in range(100)]
    short = [(n, n + 2, 1, [n, n + 1]) for n in range(0, 80, 2)]
    account = account_of("closure", rows, children_of([(0, 3, 1, [0, 1, 2]), *short]))
    assert [len(example["parents"]) for example in account["examples"]] == [2] * 8
    assert account["examples"][0]["q"] == "s0"
    assert account["examples"][-1]["q"] == "s78"
    few = account_of("closure", rows, children_of([(0, 3, 1, [0, 1, 2]), *short[:3]]))
    assert [len(example["parents"]) for example in few["examples"]] == [2, 2, 2, 3]


def test_each_contradiction_is_quoted_once_and_ten_of_them():
    rows = [row for n in range(0, 60, 3) for row in ((n, n + 1, 1), (n, n + 1, 0), (n + 1, n, 0))]
    quoted = account_of("none", rows, children_of([]))["contradictions"]
    assert quoted["components"] == 20
    assert quoted["examples"] == [{"q": f"s{n}", "t": f"s{n + 1}"} for n in range(0, 30, 3)]
