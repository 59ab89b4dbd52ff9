"""What the labels of the sample depend on: nothing gives them away, and gold agrees with them."""

import math
from collections import Counter

import numpy as np
import pytest
from sample_items import COMMITTED, items_of, kept

from tools.sample import generate
from yiju.data import overlap


def rows_of(name: str) -> list[tuple[str, str, int]]:
    lines = (COMMITTED / name).read_text(encoding="utf-8").split("\n")[:-1]
    return [(q, t, int(label)) for q, t, label in (line.split("\t") for line in lines)]


def test_lcqmc_is_balanced_and_the_blemishes_are_those_stated() -> None:
    rows = {name: rows_of(f"LCQMC/{name}.tsv") for name in ("train", "dev", "test")}
    for drawn in rows.values():
        assert 0.47 <= np.mean([label for *_, label in drawn]) <= 0.53
    train = Counter(frozenset((q, t)) for q, t, _ in rows["train"])
    for split in ("dev", "test"):
        leaked = [key for key in {frozenset((q, t)) for q, t, _ in rows[split]} if key in train]
        assert len(leaked) == generate.BLEMISHES[f"leaks_{split}"]
    assert not {frozenset(row[:2]) for row in rows["dev"]} & {frozenset(row[:2]) for row in rows["test"]}
    repeats = sum(n - 1 for n in Counter(rows["train"]).values())
    assert repeats == generate.BLEMISHES["duplicates"]
    labels: dict[tuple[str, str], set[int]] = {}
    for q, t, label in rows["train"]:
        labels.setdefault((q, t), set()).add(label)
    assert sum(len(found) == 2 for found in labels.values()) == generate.BLEMISHES["conflicts"]


def test_counting_does_not_solve_lcqmc() -> None:
    q, t, labels = zip(*rows_of("LCQMC/train.tsv"), strict=True)
    dev_q, dev_t, dev_labels = zip(*rows_of("LCQMC/dev.tsv"), strict=True)
    predicted = overlap.fit(q, t, labels).predict(dev_q, dev_t) > 0.5
    assert np.mean(predicted == np.asarray(dev_labels)) <= 0.65


@pytest.mark.parametrize("side", [0, 1])
def test_one_sentence_alone_does_not_tell(side: int) -> None:
    """Naive Bayes on the characters and bigrams of one side."""
    train, dev = rows_of("LCQMC/train.tsv"), rows_of("LCQMC/dev.tsv")
    counts = {label: Counter(g for row in train if row[2] == label for g in grams(row[side])) for label in (0, 1)}
    weights = {g: math.log((counts[1][g] + 1) / (counts[0][g] + 1)) for g in counts[0] | counts[1]}
    guesses = [sum(weights.get(g, 0.0) for g in grams(row[side])) > 0 for row in dev]
    assert np.mean([guess == row[2] for guess, row in zip(guesses, dev, strict=True)]) <= 0.58


def grams(text: str) -> set[str]:
    return {*text, *(text[i : i + 2] for i in range(len(text) - 1))}


def test_test_set_and_gold_agree() -> None:
    items, gold = items_of("test_sets/sim_interpretation_sample.txt"), items_of("test_sets/gold_sample.txt")
    originals = {row[:2] for row in rows_of("LCQMC/test.tsv")}
    assert [item["id"] for item in items] == [row["sent_id"] for row in gold]
    assert len({item["id"] for item in items}) == len(items) == generate.ORIGINALS + generate.DISTURBED
    for item, row in zip(items, gold, strict=True):
        assert "".join(item["text_q_seg"]) == item["query"]
        assert "".join(item["text_t_seg"]) == item["title"]
        assert (item["text_q_seg"], item["text_t_seg"]) == (row["text_q_token"], row["text_t_token"])
        for side in "qt":
            indices = row[f"rationale_{side}_idx"]
            assert indices == sorted(set(indices))
            assert indices[0] >= 0
            assert indices[-1] < len(row[f"text_{side}_token"])
        assert ((item["query"], item["title"]) in originals) == (item["sample_type"] == "ori")


def test_relatives_are_every_disturbed_form_once() -> None:
    items = items_of("test_sets/sim_interpretation_sample.txt")
    disturbed = [item["id"] for item in items if item["sample_type"] == "disturb"]
    assert sorted(child for item in items for child in item.get("rel_ids", [])) == disturbed


def f1(selected: list[int], gold: list[int]) -> float:
    return 2 * len({*selected} & {*gold}) / (len(selected) + len(gold)) if selected else 0.0


RULES = {
    "all in order": lambda own, _: list(range(len(own))),
    "shared first": lambda own, other: sorted(range(len(own)), key=lambda i: own[i] not in other)[: kept(own)],
    "shared only": lambda own, other: [i for i in range(len(own)) if own[i] in other],
    "unshared only": lambda own, other: [i for i in range(len(own)) if own[i] not in other],
}


@pytest.mark.parametrize("rule", RULES)
def test_trivial_rules_do_not_find_the_evidence(rule: str) -> None:
    scores = []
    for row in items_of("test_sets/gold_sample.txt"):
        for side, opposite in ("qt", "tq"):
            own, other = row[f"text_{side}_token"], row[f"text_{opposite}_token"]
            scores.append(f1(RULES[rule](own, other), row[f"rationale_{side}_idx"]))
    assert np.mean(scores) <= 0.70
