"""Writes the sample corpora, each in its publisher's native format: the same bytes from the same seed."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from yiju.sample import scenes
from yiju.sample.disturb import disturb
from yiju.sample.grammar import pick, segments, shuffled
from yiju.sample.life import DIET, ILLNESS, ROUTE, STUDY, TRAVEL
from yiju.sample.pairs import Pair, draw_pairs
from yiju.sample.services import ACCOUNT, CREDIT, PAPERS, PHONE, TELECOM

SEED = 20220
# LCQMC asks about everything, AFQMC about credit products only.
EVERYDAY = (ACCOUNT, PHONE, TRAVEL, ROUTE, DIET, ILLNESS, TELECOM, PAPERS, STUDY)
# Pairs drawn; the blemishes below come on top in train.
LCQMC_PAIRS = {"train": 6000, "dev": 800, "test": 800}
AFQMC_PAIRS = {"train": 400, "dev": 100, "test": 100}
OCNLI_ROWS = {"train": 300, "dev": 100}
STSB_ROWS = {"train": 300, "dev": 100, "test": 100}
NO_AGREEMENT = 25  # every so many OCNLI rows one has the label "-"
# Rows added to LCQMC train so that each filter has work: `leaks` are rows of dev and of test, every other one turned.
BLEMISHES = {"duplicates": 12, "conflicts": 10, "leaks_dev": 10, "leaks_test": 10}
ORIGINALS, DISTURBED = 150, 250
FIRST_DISTURBED_ID = 201  # above every original's id, with a gap, as in the competition's set B

Row = tuple[str, str, int]


def write_sample(folder: Path, seed: int = SEED) -> None:
    """Write every file under `folder`; files are overwritten, nothing is removed."""
    for name, text in sample_files(seed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def sample_files(seed: int = SEED) -> dict[str, str]:
    """Text of every file, by its path inside the sample folder."""
    rng = random.Random(seed)
    seen: set[tuple[str, ...]] = set()
    pairs = {name: draw_pairs(rng, EVERYDAY, LCQMC_PAIRS[name], seen) for name in ("dev", "test", "train")}
    return {
        **lcqmc_files(rng, pairs),
        **test_set_files(rng, pairs["test"]),
        **afqmc_files(rng, seen),
        **{f"OCNLI/{name}.json": ocnli(rng, count) for name, count in OCNLI_ROWS.items()},
        **{f"Chinese-STS-B/{name}.txt": stsb(rng, name, count) for name, count in STSB_ROWS.items()},
    }


def lcqmc_files(rng: random.Random, pairs: Mapping[str, Sequence[Pair]]) -> dict[str, str]:
    """q TAB t TAB label, no header."""
    rows = {name: [rowed(pair) for pair in drawn] for name, drawn in pairs.items()}
    rows["train"] = shuffled(rng, rows["train"] + blemishes(rng, rows))
    return {f"LCQMC/{name}.tsv": tab_text(rows[name]) for name in ("train", "dev", "test")}


def blemishes(rng: random.Random, rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Rows that filters should find: repeats of train, train rows with the other label, rows of dev and test."""
    train = shuffled(rng, rows["train"])
    repeated, contradicted = train[: BLEMISHES["duplicates"]], train[-BLEMISHES["conflicts"] :]
    leaks = [
        *shuffled(rng, rows["dev"])[: BLEMISHES["leaks_dev"]],
        *shuffled(rng, rows["test"])[: BLEMISHES["leaks_test"]],
    ]
    return [
        *repeated,
        *((q, t, 1 - label) for q, t, label in contradicted),
        *((q, t, label) if i % 2 else (t, q, label) for i, (q, t, label) in enumerate(leaks)),
    ]


def test_set_files(rng: random.Random, pairs: Sequence[Pair]) -> dict[str, str]:
    """Originals out of LCQMC test and disturbed forms of them, in the competition's format, and their evidence."""
    originals = dict(enumerate(shuffled(rng, pairs)[:ORIGINALS], start=1))
    parents = {FIRST_DISTURBED_ID + i: 1 + i % ORIGINALS for i in range(DISTURBED)}
    # The published rule takes whatever is a pair of LCQMC test for an original.
    known = {pair.texts for pair in pairs}
    disturbed = {number: disturb(rng, originals[parent], known) for number, parent in parents.items()}
    items = originals | disturbed
    relatives = {
        number: {"sample_type": "ori", "rel_ids": [child for child, parent in parents.items() if parent == number]}
        if number in originals
        else {"sample_type": "disturb"}
        for number in items
    }
    return {
        "test_sets/sim_interpretation_sample.txt": json_lines(
            test_item(number, pair) | relatives[number] for number, pair in items.items()
        ),
        "test_sets/gold_sample.txt": json_lines(
            gold_item(number, pair) | relatives[number] for number, pair in items.items()
        ),
    }


def test_item(number: int, pair: Pair) -> dict:
    q, t = pair.texts
    return {"id": number, "query": q, "title": t, "text_q_seg": segments(q), "text_t_seg": segments(t)}


def gold_item(number: int, pair: Pair) -> dict:
    (q, t), (gold_q, gold_t) = pair.texts, pair.gold
    return {
        "sent_id": number,
        "sent_label": pair.label,
        "rationale_q_idx": gold_q,
        "rationale_t_idx": gold_t,
        "text_q_token": segments(q),
        "text_t_token": segments(t),
    }


def afqmc_files(rng: random.Random, seen: set[tuple[str, ...]]) -> dict[str, str]:
    """Questions about credit products: json lines with the label as a string; test as TAB text, labelled."""
    rows = {name: [rowed(pair) for pair in draw_pairs(rng, [CREDIT], n, seen)] for name, n in AFQMC_PAIRS.items()}
    lines = {
        f"AFQMC/{name}.json": json_lines(
            {"sentence1": q, "sentence2": t, "label": str(label)} for q, t, label in rows[name]
        )
        for name in ("train", "dev")
    }
    return lines | {"AFQMC/test.txt": tab_text(rows["test"])}


def ocnli(rng: random.Random, count: int) -> str:
    """Json lines without spaces, five annotators' labels a row; label "-" where they do not agree."""
    return json_lines((ocnli_row(rng, number) for number in range(count)), separators=(",", ":"))


def ocnli_row(rng: random.Random, number: int) -> dict:
    premise, hypothesis, label = scenes.inference(rng)
    votes = [label] * 5
    if number % NO_AGREEMENT == NO_AGREEMENT - 1:
        label, votes = "-", ["entailment", "entailment", "neutral", "neutral", "contradiction"]
    return {
        "level": pick(rng, ("easy", "medium", "hard")),
        "sentence1": premise,
        "sentence2": hypothesis,
        "label": label,
        **{f"label{i}": vote for i, vote in enumerate(votes)},
        "genre": "scene",
        "prem_id": f"scene_{number}",
        "id": number,
    }


def stsb(rng: random.Random, name: str, count: int) -> str:
    """`id||s1||s2||score`, scores 0 to 5."""
    rows = (scenes.graded(rng) for _ in range(count))
    return "".join(f"sample-{name}-{i:04d}||{s1}||{s2}||{score}\n" for i, (s1, s2, score) in enumerate(rows))


def rowed(pair: Pair) -> Row:
    return (*pair.texts, pair.label)


def tab_text(rows: Iterable[Row]) -> str:
    return "".join(f"{q}\t{t}\t{label}\n" for q, t, label in rows)


def json_lines(rows: Iterable[Mapping], separators: tuple[str, str] = (", ", ": ")) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, separators=separators) + "\n" for row in rows)
