"""Writes the sample corpora, each in its publisher's native format: the same bytes from the same seed."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from tools.sample import scenes
from tools.sample.disturb import disturb
from tools.sample.fresh import Row, pair_key, rowed, turned, unlabelled
from tools.sample.grammar import pick, segments, shuffled
from tools.sample.life import DIET, ILLNESS, ROUTE, STUDY, TRAVEL
from tools.sample.question_corpora import Earlier, question_files
from tools.sample.sample_formats import json_lines, tab_text
from tools.sample.sample_pairs import Pair, draw_pairs
from tools.sample.services import ACCOUNT, CREDIT, PAPERS, PHONE, TELECOM
from tools.sample.statement_corpora import statement_files

SEED = 20220
# LCQMC asks about everything, AFQMC about credit products only.
EVERYDAY = (ACCOUNT, PHONE, TRAVEL, ROUTE, DIET, ILLNESS, TELECOM, PAPERS, STUDY)
# The workflow tells by this file that rows are synthetic (`yiju.models.sources.synthetic`).
SYNTHETIC = """# Synthetic rows

Every sentence in this folder was written by a generator (`python -m tools.sample`), by a small grammar. The folders
bear the names of the corpora whose file formats they follow; their rows have nothing else to do with them. Nothing that
is measured on these rows says anything about the real corpora, or about sentences that people write.

Where this file lies in the folder of a corpus or in one above it, the workflow says so in the report, in the model card
and on the page. Put a file of this name beside generated rows of your own.
"""
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
# The original that each disturbed item is a form of.
PARENTS = {FIRST_DISTURBED_ID + i: 1 + i % ORIGINALS for i in range(DISTURBED)}


def write_sample(folder: Path, seed: int = SEED) -> None:
    """Write every file under `folder`; files are overwritten, nothing is removed."""
    for name, content in sample_files(seed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def sample_files(seed: int = SEED) -> dict[str, bytes]:
    """Content of every file, by its path inside the sample folder."""
    rng = random.Random(seed)
    seen: set[tuple[str, ...]] = set()
    pairs = {name: draw_pairs(rng, EVERYDAY, LCQMC_PAIRS[name], seen) for name in ("dev", "test", "train")}
    lcqmc = lcqmc_rows(rng, pairs)
    items = test_items(rng, pairs["test"])
    afqmc = {name: [rowed(pair) for pair in draw_pairs(rng, [CREDIT], n, seen)] for name, n in AFQMC_PAIRS.items()}
    ocnli = {name: [ocnli_row(rng, number) for number in range(n)] for name, n in OCNLI_ROWS.items()}
    stsb = {name: [scenes.graded(rng) for _ in range(n)] for name, n in STSB_ROWS.items()}
    known = [
        *(pair.texts for pair in items.values()),
        *((row["sentence1"], row["sentence2"]) for row in chain(*ocnli.values())),
        *unlabelled(chain(*lcqmc.values(), *afqmc.values(), *stsb.values())),
    ]
    earlier = Earlier(
        taken={pair_key(q, t) for q, t in known},
        domains=EVERYDAY,
        clean=without_blemishes(lcqmc["train"], pairs["train"]),
        held_out=[*pairs["dev"], *pairs["test"]],
        afqmc=afqmc,
    )
    texts = {
        **{f"LCQMC/{name}.tsv": tab_text(rows) for name, rows in lcqmc.items()},
        **test_set_files(items),
        **afqmc_files(afqmc),
        **{f"OCNLI/{name}.json": json_lines(rows, separators=(",", ":")) for name, rows in ocnli.items()},
        **{f"Chinese-STS-B/{name}.txt": stsb_text(name, rows) for name, rows in stsb.items()},
        **question_files(seed, earlier),
    }
    texts["SYNTHETIC.md"] = SYNTHETIC
    return {name: text.encode() for name, text in texts.items()} | statement_files(seed, earlier.taken)


def lcqmc_rows(rng: random.Random, pairs: Mapping[str, Sequence[Pair]]) -> dict[str, list[Row]]:
    """Rows of every split; train with its blemishes."""
    rows = {name: [rowed(pair) for pair in drawn] for name, drawn in pairs.items()}
    return rows | {"train": shuffled(rng, rows["train"] + blemishes(rng, rows))}


def blemishes(rng: random.Random, rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Rows that filters should find: repeats of train, train rows with the other label, rows of dev and test."""
    train = shuffled(rng, rows["train"])
    repeated, contradicted = train[: BLEMISHES["duplicates"]], train[-BLEMISHES["conflicts"] :]
    leaks = [
        *shuffled(rng, rows["dev"])[: BLEMISHES["leaks_dev"]],
        *shuffled(rng, rows["test"])[: BLEMISHES["leaks_test"]],
    ]
    return [*repeated, *((q, t, 1 - label) for q, t, label in contradicted), *turned(leaks)]


def without_blemishes(train: Sequence[Row], drawn: Sequence[Pair]) -> list[Row]:
    """The rows of train that occur once, with one label, and in no other split."""
    times = Counter(pair_key(q, t) for q, t, _ in train)
    return [rowed(pair) for pair in drawn if times[pair_key(*pair.texts)] == 1]


def test_items(rng: random.Random, pairs: Sequence[Pair]) -> dict[int, Pair]:
    """Originals out of LCQMC test, then disturbed forms of them, by id."""
    originals = dict(enumerate(shuffled(rng, pairs)[:ORIGINALS], start=1))
    # The published rule takes whatever is a pair of LCQMC test for an original.
    known = {pair.texts for pair in pairs}
    return originals | {number: disturb(rng, originals[parent], known) for number, parent in PARENTS.items()}


def test_set_files(items: Mapping[int, Pair]) -> dict[str, str]:
    """The items in the competition's format, and their evidence."""
    return {
        "test_sets/sim_interpretation_sample.txt": json_lines(
            test_item(number, pair) | relatives(number) for number, pair in items.items()
        ),
        "test_sets/gold_sample.txt": json_lines(
            gold_item(number, pair) | relatives(number) for number, pair in items.items()
        ),
    }


def relatives(number: int) -> dict:
    if number in PARENTS:
        return {"sample_type": "disturb"}
    return {"sample_type": "ori", "rel_ids": [child for child, parent in PARENTS.items() if parent == number]}


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


def afqmc_files(rows: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """Questions about credit products: json lines with the label as a string; test as TAB text, labelled."""
    lines = {
        f"AFQMC/{name}.json": json_lines(
            {"sentence1": q, "sentence2": t, "label": str(label)} for q, t, label in rows[name]
        )
        for name in ("train", "dev")
    }
    return lines | {"AFQMC/test.txt": tab_text(rows["test"])}


def ocnli_row(rng: random.Random, number: int) -> dict:
    """Five annotators' labels a row; label "-" where they do not agree."""
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


def stsb_text(name: str, rows: Sequence[Row]) -> str:
    """`id||s1||s2||score`, scores 0 to 5."""
    return "".join(f"sample-{name}-{i:04d}||{s1}||{s2}||{score}\n" for i, (s1, s2, score) in enumerate(rows))
