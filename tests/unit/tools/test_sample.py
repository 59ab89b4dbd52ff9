"""The sample corpora: the committed bytes, true labels and evidence, nothing that gives the label away."""

import gzip
import json
import lzma
import math
import random
import tarfile
import zipfile
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from tools.sample import generate, idioms, sample_formats, scenes, services, stories
from tools.sample.disturb import disturb
from tools.sample.grammar import INTENT, draw_meaning, draw_other, evidence, fitting_closers, render, segments
from tools.sample.sample_pairs import Pair, draw_pairs
from yiju.base import tables
from yiju.config.load import Settings, load
from yiju.data import overlap
from yiju.data.corpora.normalise import normalise_corpus
from yiju.data.sentence_keys import normalised

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "data" / "sample"
DOMAINS = (*generate.EVERYDAY, generate.CREDIT, services.LAW, services.SHARES)


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


def contents(path: Path) -> dict[str, bytes]:
    """What a file holds, by member: compressing the same text makes other bytes in other versions of the libraries."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            return {name: archive.extractfile(name).read() for name in archive.getnames()}
    opened = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opened(path, "rb") as file:
        return {"": file.read()}


@pytest.mark.slow
def test_committed_files_are_what_the_generator_writes(written: Path) -> None:
    names = {path.relative_to(written) for path in written.rglob("*") if path.is_file()}
    assert names == {path.relative_to(COMMITTED) for path in COMMITTED.rglob("*") if path.is_file()}
    stale = sorted(str(name) for name in names if contents(written / name) != contents(COMMITTED / name))
    assert stale == [], "run `python -m tools.sample data/sample`"


def test_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in COMMITTED.rglob("*") if path.is_file()) <= 1_800_000


@pytest.mark.parametrize("packed", [sample_formats.tar_gz, sample_formats.zipped], ids=lambda form: form.__name__)
def test_an_archive_tells_no_time(packed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    members = {"a/短短.txt": "一\n".encode(), "b.tsv": b"2\n"}
    now = packed(members)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert packed(members) == now
    path = tmp_path / ("a.zip" if packed is sample_formats.zipped else "a.tar.gz")
    path.write_bytes(now)
    assert contents(path) == members


def test_a_compressed_file_tells_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = sample_formats.gz(b"1\n")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert sample_formats.gz(b"1\n") == now
    assert gzip.decompress(now) == b"1\n"


# What makes native formats hard to read: how a file begins and ends, and what it holds.
MARK = b"\xef\xbb\xbf"
NATIVE = {
    "ATEC/atec_nlp_sim_train.csv": (MARK + b"1\t" + MARK, b"\r\n", b"\r\n2\t"),
    "BQ/train.csv": (MARK + b"sentence1,sentence2,label\n", b"\n", b'"'),
    "CCKS2018_Task3/task3_dev.txt": (b"0\t", b"\r\n", b"\r\n39\t"),
    "CHIP2019/train.csv": (b"question1,question2,label,category\r\n", b"", b'\r\n"""'),
    "CHIP2019/CHIP-STS_dev.json": (b'{"id": "1", "text1": ', b"}", b"}{"),
    "COVID19/train_20200228.csv": (b"id,category,query1,query2,label\r\n", b"\r\n", b",-1\r\n"),
    "Chinese-SNLI/dev.json": (b'{"sentence1": ', b"}\n", b'"gold_label": "-"'),
    "DIAC2019/train_set.xml": (b"<?xml ", b"</TrainCorpus>\n", b"<question/>"),
    "DIAC2019/dev_set.csv": (b"qid\tquestion1\tquestion2\n", b"\n", b"\n39\t"),
    "THS2021/train.tsv": (b"", b"", "\t[机构]".encode()),
}


@pytest.mark.parametrize("name", NATIVE)
def test_native_forms(name: str) -> None:
    begins, ends, holds = NATIVE[name]
    content = (COMMITTED / name).read_bytes()
    assert content.startswith(begins)
    assert content.endswith(ends)
    assert holds in content


@pytest.mark.parametrize("name", ["CHIP2019/train.csv", "CHIP2019/CHIP-STS_dev.json", "THS2021/train.tsv"])
def test_no_newline_at_the_end(name: str) -> None:
    assert not (COMMITTED / name).read_bytes().endswith(b"\n")


# What the readers make of the files: rows with and without a label, and rows left out, by reason.

AGREED, SCORED, KNOWN = "no agreement", "score in the middle", "placeholder"
FOUND = {
    "LCQMC": {"train.tsv": {"labelled": 6042}, "dev.tsv": {"labelled": 800}, "test.tsv": {"labelled": 800}},
    "AFQMC": {"train.json": {"labelled": 400}, "dev.json": {"labelled": 100}, "test.txt": {"labelled": 100}},
    "OCNLI": {"train.json": {"labelled": 288, AGREED: 12}, "dev.json": {"labelled": 96, AGREED: 4}},
    "Chinese-STS-B": {
        "train.txt": {"labelled": 246, SCORED: 54},
        "dev.txt": {"labelled": 78, SCORED: 22},
        "test.txt": {"labelled": 85, SCORED: 15},
    },
    "ATEC": {"atec_nlp_sim_train.csv": {"labelled": 120}},
    "BQ": {"train.csv": {"labelled": 100}, "dev.csv": {"labelled": 40}, "test.csv": {"labelled": 40}},
    "CCKS2018_Task3": {"task3_train.txt": {"labelled": 120}, "task3_dev.txt": {"unlabelled": 40}},
    "CHIP2019": {"train.csv": {"labelled": 120}, "CHIP-STS_dev.json": {"labelled": 30}},
    "CINLID": {"Idiom_NLI.txt": {"labelled": 100}},
    "COVID19": {"train_20200228.csv": {"labelled": 115, KNOWN: 1}, "dev_20200228.csv": {"labelled": 40}},
    "Chinese-MNLI": {
        "train.json.xz": {"labelled": 117, AGREED: 3},
        "dev.json": {"labelled": 39, AGREED: 1},
        "test.json": {"unlabelled": 40},
    },
    "Chinese-SNLI": {
        "train.json.gz": {"labelled": 117, AGREED: 3},
        "dev.json": {"labelled": 39, AGREED: 1},
        "test.txt": {"labelled": 39, AGREED: 1},
    },
    "DIAC2019": {"train_set.xml": {"labelled": 126, "empty sentence": 1}, "dev_set.csv": {"unlabelled": 40}},
    "GAIIC2021_Task3": {
        "oppo_train.tsv": {"labelled": 100},
        "gaiic_track3_round1_train_20210228.tsv": {"anonymised": 60},
        "oppo_dev.tsv": {"labelled": 40},
        "gaiic_track3_round1_testA_20210228.tsv": {"anonymised": 30},
    },
    "PAWSX": {
        "x-final/zh/translated_train.tsv": {"labelled": 120},
        "x-final/zh/dev_2k.tsv": {"labelled": 39, KNOWN: 1},
        "x-final/zh/test_2k.tsv": {"labelled": 39, KNOWN: 1},
    },
    "PKU_Paraphrase_Bank": {"paraphrase_unorder.txt": {"labelled": 122}},
    # The label of kind A is not the chosen one.
    "SOHU_2021": {
        "短短匹配A类/train.txt": {"unlabelled": 60},
        "短短匹配B类/train.txt": {"labelled": 60},
        "短短匹配A类/valid.txt": {"unlabelled": 30},
        "短短匹配B类/valid.txt": {"labelled": 30},
        "短短匹配A类/test_with_id.txt": {"unlabelled": 30},
        "短短匹配B类/test_with_id.txt": {"unlabelled": 30},
    },
    "THS2021": {"train.tsv": {"labelled": 100}, "test.tsv": {"unlabelled": 40}},
    "XF2021": {"train.csv": {"labelled": 100}, "test.csv": {"unlabelled": 40}},
}
# Pairs that two corpora (or splits of one) share, either way round and but for width, case and punctuation.
TEST_SET = "test set"
SHARED = {
    ("LCQMC train", "LCQMC dev"): 10,
    ("LCQMC train", "LCQMC test"): 10,
    ("LCQMC train", TEST_SET): 3,
    ("LCQMC test", TEST_SET): 150,
    ("OCNLI train", "OCNLI dev"): 2,
    ("OCNLI train", "Chinese-STS-B train"): 1,
    ("OCNLI train", "Chinese-STS-B test"): 1,
    ("Chinese-STS-B train", "Chinese-STS-B dev"): 1,
    # Planted with the later corpora, all of which are free of other shared pairs.
    ("LCQMC train", "XF2021 train"): 30,
    ("LCQMC dev", "XF2021 train"): 5,
    ("LCQMC test", "XF2021 train"): 1,
    ("AFQMC train", "ATEC train"): 8,
    ("AFQMC dev", "CCKS2018_Task3 train"): 4,
    ("AFQMC test", "ATEC train"): 2,
    ("BQ train", "BQ test"): 4,
    ("BQ train", "CCKS2018_Task3 train"): 10,
    ("BQ dev", "CCKS2018_Task3 test"): 40,
    ("CHIP2019 train", "CHIP2019 dev"): 30,
    ("CHIP2019 train", "COVID19 train"): 3,
}
# Rows beyond the first of a pair in one train split, whatever their labels.
REPEATED = {
    "LCQMC": 22,
    "OCNLI": 2,
    "Chinese-STS-B": 1,
    "BQ": 2,
    "CCKS2018_Task3": 3,
    "COVID19": 4,
    "PKU_Paraphrase_Bank": 2,
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    config = ROOT / "config.yaml"
    return load(yaml.safe_load(config.read_text(encoding="utf-8")), [config])


@pytest.fixture(scope="module")
def read(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[pl.DataFrame, pl.DataFrame]]:
    """PAIRS and REJECTED of every corpus of the default configuration."""
    folder = tmp_path_factory.mktemp("read")
    found = {}
    for name in settings.corpora.use:
        chosen = settings.corpora.catalogue[name].model_dump()
        files = [file | {"path": str(COMMITTED / file["source"])} for file in chosen["files"]]
        outputs = folder / f"{name}.parquet", folder / f"{name}.rejected.parquet"
        normalise_corpus(name, files, settings.corpora.model_dump() | chosen, *outputs)
        found[name] = tables.read(outputs[0], tables.PAIRS), tables.read(outputs[1], tables.REJECTED)
    return found


def test_every_corpus_is_read_and_every_row_accounted_for(read) -> None:
    found: dict[str, dict[str, Counter]] = {}
    for name, (pairs, rejected) in read.items():
        labelled = pl.when(pl.col("label").is_null()).then(pl.lit("unlabelled")).otherwise(pl.lit("labelled"))
        for rows in (pairs.select("file", labelled), rejected.select("file", "reason")):
            for file, kind in rows.iter_rows():
                found.setdefault(name, {}).setdefault(file, Counter())[kind] += 1
    assert found == FOUND


def test_corpora_share_the_pairs_that_were_planted_and_no_others(read) -> None:
    shared = {frozenset(names): count for names, count in SHARED.items()}
    sets = {name: set(keys) for name, keys in pair_keys(read).items()}
    found = {frozenset((one, other)): len(sets[one] & sets[other]) for one, other in combinations(sets, 2)}
    assert {names: count for names, count in found.items() if count} == shared


def test_train_splits_repeat_the_pairs_that_were_planted_and_no_others(read) -> None:
    train = {name.removesuffix(" train"): keys for name, keys in pair_keys(read).items() if name.endswith(" train")}
    repeats = {name: len(keys) - len(set(keys)) for name, keys in train.items()}
    assert {name: count for name, count in repeats.items() if count} == REPEATED


def pair_keys(read) -> dict[str, list[frozenset[str]]]:
    """The pairs of every split as the filters see them."""
    items = items_of("test_sets/sim_interpretation_sample.txt")
    texts = {"q": [item["query"] for item in items], "t": [item["title"] for item in items]}
    keys = {TEST_SET: normalised_pairs(pl.DataFrame(texts))}
    for name, (pairs, _) in read.items():
        for (split,), rows in pairs.group_by("split", maintain_order=True):
            keys[f"{name} {split}"] = normalised_pairs(rows)
    return keys


def normalised_pairs(rows: pl.DataFrame) -> list[frozenset[str]]:
    return [frozenset(pair) for pair in zip(normalised(rows["q"]), normalised(rows["t"]), strict=True)]


@pytest.mark.parametrize(("corpus", "count"), [("XF2021", 6), ("GAIIC2021_Task3", 4)])
def test_some_train_pairs_are_held_out_ones_but_for_a_particle(read, corpus: str, count: int) -> None:
    held_out = {*normalised_pairs(read["LCQMC"][0].filter(pl.col("split") != "train"))}
    train = read[corpus][0].filter(pl.col("split") == "train")
    asked = train.filter(pl.col("q").str.ends_with("呢？")).with_columns(pl.col("q").str.strip_suffix("呢？"))
    assert sum(keys in held_out for keys in normalised_pairs(asked)) == count


def test_no_row_is_badly_formed(read) -> None:
    assert {name: rejected["bad"].sum() for name, (_, rejected) in read.items()} == dict.fromkeys(read, 0)


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


def test_swapped_statements_have_the_same_words_and_the_label_is_who_does_what_where() -> None:
    rng = random.Random(8)
    for _ in range(300):
        first, second, label = stories.swapped(rng)
        assert sorted(first) == sorted(second)
        assert first != second
        assert (scenes_told(first) == scenes_told(second)) == label


def test_relations_follow_from_one_of_two_scenes() -> None:
    rng = random.Random(9)
    drawn = [stories.inference(rng) for _ in range(300)]
    assert {label for *_, label in drawn} == {"entailment", "neutral", "contradiction"}
    for premise, hypothesis, label in drawn:
        assert any(tail in hypothesis for tail in scenes.UNKNOWN) == (label == "neutral")
        [about] = [part for part in premise.split("，") if told(part, "who") == told(hypothesis, "who")]
        agree = [told(about, role) == told(hypothesis, role) or not told(hypothesis, role) for role in scenes.ROLES]
        assert all(agree) == (label != "contradiction"), (premise, hypothesis)


def test_topic_and_event_of_news() -> None:
    rng = random.Random(10)
    for _ in range(300):
        source, target, same_topic, same_event = stories.news(rng)
        same = {role: told(source, role) == told(target, role) for role in scenes.ROLES}
        assert (same["doing"], all(same.values())) == (same_topic, same_event)


def test_what_is_retold_is_the_same() -> None:
    rng = random.Random(11)
    for _ in range(100):
        one, other = stories.retold(rng)
        assert one != other
        assert scenes_told(one) == scenes_told(other)


def scenes_told(statement: str) -> set[tuple[str | None, ...]]:
    return {tuple(told(part, role) for role in scenes.ROLES) for part in statement.split("，")}


def test_idioms_stand_in_one_group_and_their_relation_is_that_of_the_groups() -> None:
    places = [(line, side) for line in range(len(idioms.OPPOSITES)) for side in (0, 1)]
    group = {idiom: (line, side) for line, side in places for idiom in idioms.OPPOSITES[line][side]}
    assert len(group) == sum(len(own) for sides in idioms.OPPOSITES for own in sides)
    assert {len(idiom) for idiom in group} == {4}
    rng = random.Random(12)
    for _ in range(300):
        first, second, label = idioms.relation(rng)
        (line, side), (other_line, other_side) = group[first], group[second]
        assert first != second
        expected = "neutral" if line != other_line else "entailment" if side == other_side else "contradiction"
        assert label == expected
