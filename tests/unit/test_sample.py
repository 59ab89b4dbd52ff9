"""The sample corpora: the committed bytes, true labels and evidence, nothing that gives the label away."""

import json
import math
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from yiju import overlap
from yiju.sample import generate, scenes
from yiju.sample.disturb import disturb
from yiju.sample.grammar import INTENT, draw_meaning, draw_other, evidence, fitting_closers, render, segments
from yiju.sample.pairs import Pair, draw_pairs

COMMITTED = Path(__file__).parents[2] / "data" / "sample"
DOMAINS = (*generate.EVERYDAY, generate.CREDIT)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate.write_sample(folder)
    return folder


def rows_of(name: str) -> list[tuple[str, str, int]]:
    lines = (COMMITTED / name).read_text(encoding="utf-8").split("\n")[:-1]
    return [(q, t, int(label)) for q, t, label in (line.split("\t") for line in lines)]


def items_of(name: str) -> list[dict]:
    return [json.loads(line) for line in (COMMITTED / name).read_text(encoding="utf-8").split("\n")[:-1]]


def test_committed_bytes_are_what_the_generator_writes(written: Path) -> None:
    names = {path.relative_to(written) for path in written.rglob("*") if path.is_file()}
    assert names == {path.relative_to(COMMITTED) for path in COMMITTED.rglob("*") if path.is_file()}
    stale = sorted(str(name) for name in names if (written / name).read_bytes() != (COMMITTED / name).read_bytes())
    assert stale == [], "run `python -m yiju.sample data/sample`"


def test_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in COMMITTED.rglob("*") if path.is_file()) <= 3_000_000


# The grammar says what it claims to say.


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_every_template_tells_the_whole_meaning(domain) -> None:
    for templates in domain.intents.values():
        for template in templates:
            assert "[" in template
            assert all(template.count(f"{{{slot}}}") == 1 for slot in domain.slots), template


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_a_text_has_one_meaning(domain) -> None:
    rng, meanings = random.Random(1), {}
    for _ in range(3000):
        question = render(rng, draw_meaning(rng, domain), opener=0, closer=0)
        assert meanings.setdefault(question.text, question.meaning) == question.meaning


def test_words_of_a_slot_belong_to_one_concept() -> None:
    for domain in DOMAINS:
        for concepts in domain.slots.values():
            words = [word for surfaces in concepts.values() for word in surfaces]
            assert len(words) == len(set(words))


def test_no_second_particle() -> None:
    assert not [closer for closer in fitting_closers("收费吗") if closer[0] in "呢啊呀"]
    assert "呢" in fitting_closers("怎么办")


def test_segments_are_characters_and_whole_latin_words() -> None:
    assert segments("iPhone 办4G，VIP会员？") == ["iPhone", "办", "4", "G", "，", "VIP", "会", "员", "？"]


# Evidence: exchanging it flips the label, exchanging anything else does not.


def exchanged(rng: random.Random, pair: Pair, role: str) -> list[int]:
    """Labels of the pair after giving `role` in t every other concept."""
    meaning = pair.t.meaning
    concepts = meaning.domain.intents if role == INTENT else meaning.domain.slots[role]
    others = (meaning.having(**{role: concept}) for concept in concepts if concept != meaning.get(role))
    return [Pair(pair.q, render(rng, other)).label for other in others]


def test_evidence_is_what_flips_the_label() -> None:
    rng = random.Random(2)
    for pair in draw_pairs(rng, DOMAINS, 300, set()):
        differing = pair.q.meaning.differs_in(pair.t.meaning)
        if len(differing) > 1:  # no single exchange decides
            continue
        for role in pair.t.meaning.concepts:
            flips = (1 - pair.label) in exchanged(rng, pair, role)
            marked = {i for i in pair.gold[1] if segment_roles(pair.t)[i] == role}
            assert flips == bool(marked), (pair.texts, role)


def segment_roles(question) -> list[str]:
    position, roles = 0, []
    for segment in segments(question.text):
        position = question.text.index(segment, position)
        roles.append(question.roles[position])
        position += len(segment)
    return roles


def test_evidence_by_hand() -> None:
    rng = random.Random(3)
    meaning = draw_meaning(rng, generate.ACCOUNT).having(thing="微信", act="加好友", intent="how")
    q, t = (render(rng, m, opener=0, closer=0) for m in (meaning, meaning.having(thing="淘宝")))
    gold_q, gold_t = evidence(q, t)
    assert "".join(segments(q.text)[i] for i in gold_q) == "微信"
    assert "".join(segments(t.text)[i] for i in gold_t) == "淘宝"


def test_other_meanings_differ() -> None:
    rng = random.Random(4)
    for domain in DOMAINS:
        for _ in range(200):
            meaning = draw_meaning(rng, domain)
            assert 1 <= len(draw_other(rng, meaning).differs_in(meaning)) <= 2


def test_disturbed_forms_keep_or_flip_and_never_repeat_the_original() -> None:
    rng = random.Random(5)
    pairs = draw_pairs(rng, DOMAINS, 200, set())
    known = {pair.texts for pair in pairs}
    kept = 0
    for pair in pairs:
        form = disturb(rng, pair, known)
        assert form.texts not in known
        assert form.q == pair.q or form.t == pair.t
        kept += form.label == pair.label
    assert 120 <= kept <= 180  # a quarter flips


# LCQMC: balanced, split cleanly but for the planned blemishes, not solvable without reading.


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


# The test set and its gold.


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


def kept(own: list[str]) -> int:
    return math.ceil(0.705 * len(own))


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


# Statements.


def test_relations_follow_from_the_scenes() -> None:
    rng = random.Random(6)
    drawn = [scenes.inference(rng) for _ in range(300)]
    assert {label for *_, label in drawn} == {"entailment", "neutral", "contradiction"}
    for premise, hypothesis, label in drawn:
        assert any(tail in hypothesis for tail in scenes.UNKNOWN) == (label == "neutral")
        agree = [told(premise, role) == told(hypothesis, role) or not told(hypothesis, role) for role in scenes.ROLES]
        assert all(agree) == (label != "contradiction"), (premise, hypothesis)


def test_scores_follow_from_the_scenes() -> None:
    rng = random.Random(7)
    shared_roles = {5: {3}, 4: {2}, 3: {2}, 2: {2}, 1: {1}, 0: {0}}
    for _ in range(300):
        first, second, score = scenes.graded(rng)
        assert sum(told(first, role) == told(second, role) for role in scenes.ROLES) in shared_roles[score]


def told(statement: str, role: str) -> str | None:
    """The concept that the statement names for the role."""
    return next((name for name, words in scenes.ROLES[role].items() if any(w in statement for w in words)), None)
