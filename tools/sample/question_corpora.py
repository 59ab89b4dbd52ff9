"""Corpora of questions beside LCQMC and AFQMC; like real ones they hold repeats, leaks and rows of each other."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

from tools.sample.domain import Domain
from tools.sample.fresh import Row, draw_row, fresh, normal_form, pair_key, rowed, seeded, turned, unlabelled
from tools.sample.grammar import draw_meaning, draw_other, fitting_closers, pick, render, segments, shuffled
from tools.sample.life import ILLNESS
from tools.sample.sample_formats import BYTE_ORDER_MARK, Group, crlf, csv_text, grouped_xml, json_lines, tab_text
from tools.sample.sample_pairs import Pair, draw_twins
from tools.sample.services import CREDIT, LAW, PHONE, SHARES

GROUPS, EMPTY = 16, 5  # groups of DIAC2019, and the one with an empty question
DEV, TEST = 40, 40
# Marks after which a question is the same, and to which a particle can be added.
MARKS = ("", "？", "?", "！", "~")
QUOTED = 20  # every so many questions of CHIP2019 one stands in quotes
# Question, question, label, category.
PatientRow = tuple[str, str, int, str]


@dataclass(frozen=True)
class Earlier:
    """What later corpora hold of the first ones: their pairs, which are no others' unless planted, and rows to plant.

    clean: LCQMC train without blemishes; held_out: LCQMC dev and test; domains: what LCQMC asks about.
    """

    taken: set[tuple[str, ...]]
    domains: Sequence[Domain]
    clean: Sequence[Row]
    held_out: Sequence[Pair]
    afqmc: Mapping[str, Sequence[Row]]


def question_files(seed: int, earlier: Earlier) -> dict[str, str]:
    """Text of every file, by its path inside the sample folder."""
    return {
        **diac2019(seed, earlier.taken),
        **bank_files(seed, earlier),
        **gaiic2021(seed, earlier),
        **ths2021(seed, earlier.taken),
        **patient_files(seed, earlier.taken),
        **xf2021(seed, earlier),
    }


def diac2019(seed: int, taken: set[tuple[str, ...]]) -> dict[str, str]:
    """Groups of questions in XML, one of them empty; unlabelled pairs as TAB text under .csv."""
    rng = seeded(seed, "DIAC2019")
    groups = [draw_group(rng, taken) for _ in range(GROUPS)]
    equivalent, other = groups[EMPTY]
    groups[EMPTY] = equivalent, [*other, ""]
    pairs = unlabelled(fresh(lambda: draw_row(rng, LAW), TEST, taken))
    header = ("qid", "question1", "question2")
    return {
        "DIAC2019/train_set.xml": grouped_xml(groups),
        "DIAC2019/dev_set.csv": tab_text([header, *((number, *pair) for number, pair in enumerate(pairs))]),
    }


def draw_group(rng: random.Random, taken: set[tuple[str, ...]]) -> Group:
    """Two or three questions that mean the same, and as many that mean something else."""
    meaning = draw_meaning(rng, LAW)
    equivalent = [render(rng, meaning).text for _ in range(pick(rng, (2, 3)))]
    other = [render(rng, draw_other(rng, meaning)).text for _ in range(pick(rng, (2, 3)))]
    keys = {pair_key(q, t) for q, t in (*combinations(equivalent, 2), *product(equivalent, other))}
    distinct = {normal_form(text) for text in (*equivalent, *other)}
    if len(distinct) < len(equivalent) + len(other) or keys & taken:
        return draw_group(rng, taken)
    taken |= keys
    return equivalent, other


def bank_files(seed: int, earlier: Earlier) -> dict[str, str]:
    """CCKS2018, BQ and ATEC: all of banking, and kin. As in the real ones, BQ's dev is CCKS2018's test with labels."""
    rng = seeded(seed, "CCKS2018_Task3")
    own, test = (fresh(lambda: draw_row(rng, CREDIT), count, earlier.taken) for count in (113, TEST))
    return {
        **ccks2018(rng, own, test, earlier),
        **bq(seed, earlier.taken, shared=own[-10:], dev=test),
        **atec(seed, earlier),
    }


def ccks2018(rng: random.Random, own: Sequence[Row], test: Sequence[Row], earlier: Earlier) -> dict[str, str]:
    """Train with 3 repeats and 4 rows of AFQMC dev; test numbered, with CRLF."""
    train = shuffled(rng, [*own, *own[:3], *turned(earlier.afqmc["dev"][:4])])
    numbered = ((number, *pair) for number, pair in enumerate(unlabelled(test)))
    return {
        "CCKS2018_Task3/task3_train.txt": tab_text(train),
        "CCKS2018_Task3/task3_dev.txt": crlf(tab_text(numbered)),
    }


def bq(seed: int, taken: set[tuple[str, ...]], shared: Sequence[Row], dev: Sequence[Row]) -> dict[str, str]:
    """CSV with a byte-order mark; train with rows of another corpus, 4 of its own test, 2 pairs with both labels."""
    rng = seeded(seed, "BQ")
    own, test = (fresh(lambda: typed(draw_row(rng, CREDIT)), count, taken) for count in (84, TEST))
    contradicted = [(q, t, 1 - label) for q, t, label in own[:2]]
    train = shuffled(rng, [*own, *contradicted, *shared, *turned(test[:4])])
    header = ("sentence1", "sentence2", "label")
    splits = {"train": train, "dev": dev, "test": test}
    return {f"BQ/{name}.csv": BYTE_ORDER_MARK + csv_text(header, rows) for name, rows in splits.items()}


def atec(seed: int, earlier: Earlier) -> dict[str, str]:
    """Numbered TAB text with CRLF and byte-order marks; with 8 rows of AFQMC train and 2 of AFQMC test."""
    rng = seeded(seed, "ATEC")
    own = fresh(lambda: draw_row(rng, CREDIT), 110, earlier.taken)
    rows = shuffled(rng, [*own, *earlier.afqmc["train"][:8], *turned(earlier.afqmc["test"][:2])])
    # As in the real file, there is a second mark inside the first row.
    rows[0] = (BYTE_ORDER_MARK + rows[0][0], *rows[0][1:])
    numbered = ((number, *row) for number, row in enumerate(rows, start=1))
    return {"ATEC/atec_nlp_sim_train.csv": BYTE_ORDER_MARK + crlf(tab_text(numbered))}


def gaiic2021(seed: int, earlier: Earlier) -> dict[str, str]:
    """Real text, 4 train rows of which are nearly LCQMC's dev or test; the same kind of text as numbers for words."""
    rng = seeded(seed, "GAIIC2021_Task3")
    own, dev, masked = (fresh(lambda: draw_row(rng, PHONE), count, earlier.taken) for count in (96, DEV, 90))
    numbers = numbered_words(rng, masked)
    hidden = [(numbers(q), numbers(t), label) for q, t, label in masked]
    return {
        "GAIIC2021_Task3/oppo_train.tsv": tab_text(shuffled(rng, own + near_rows(rng, earlier, 4))),
        "GAIIC2021_Task3/oppo_dev.tsv": tab_text(dev),
        "GAIIC2021_Task3/gaiic_track3_round1_train_20210228.tsv": tab_text(hidden[:60]),
        "GAIIC2021_Task3/gaiic_track3_round1_testA_20210228.tsv": tab_text(unlabelled(hidden[60:])),
    }


def numbered_words(rng: random.Random, rows: Sequence[Row]) -> Callable[[str], str]:
    """A function that writes a sentence of the rows as numbers, one for every word."""
    words = sorted({word for q, t, _ in rows for word in segments(q) + segments(t)})
    numbers = {word: str(number) for number, word in enumerate(shuffled(rng, words), start=1)}
    return lambda text: " ".join(numbers[word] for word in segments(text))


def near_rows(rng: random.Random, earlier: Earlier, count: int) -> list[Row]:
    """Pairs of LCQMC dev and test with a particle added to the first question: the same but for one character."""
    fitting = (pair for pair in shuffled(rng, earlier.held_out) if takes_particle(pair))
    near = (rowed(Pair(replace(pair.q, closer="呢？"), pair.t)) for pair in fitting)
    return fresh(lambda: next(near), count, earlier.taken)


def takes_particle(pair: Pair) -> bool:
    return pair.q.closer in MARKS and "呢？" in fitting_closers(replace(pair.q, closer="").text)


def ths2021(seed: int, taken: set[tuple[str, ...]]) -> dict[str, str]:
    """The label first; names masked; no newline at the end."""
    rng = seeded(seed, "THS2021")
    train, test = (fresh(lambda: draw_row(rng, SHARES), count, taken) for count in (100, TEST))
    return {
        "THS2021/train.tsv": tab_text((label, q, t) for q, t, label in train).removesuffix("\n"),
        "THS2021/test.tsv": tab_text(unlabelled(test)).removesuffix("\n"),
    }


def patient_files(seed: int, taken: set[tuple[str, ...]]) -> dict[str, str]:
    """CHIP2019 and COVID19: what patients ask, as real CSV; CHIP2019 without a newline at the end.

    CHIP2019's dev file is CBLUE's, objects back to back, and holds rows of its train file.
    """
    rng = seeded(seed, "CHIP2019")
    chip = fresh(lambda: draw_patient_row(rng), 120, taken)
    quoted = [(f'"{q}"' if i % QUOTED == 0 else q, *rest) for i, (q, *rest) in enumerate(chip)]
    train = csv_text(("question1", "question2", "label", "category"), quoted)
    covid = covid_rows(seeded(seed, "COVID19"), taken, chip[:3])
    return {
        "CHIP2019/train.csv": crlf(train.removesuffix("\n")),
        "CHIP2019/CHIP-STS_dev.json": json_lines(cblue_objects(chip[-30:]), end=""),
        **{f"COVID19/{name}.csv": crlf(covid_csv(rows)) for name, rows in covid.items()},
    }


def covid_rows(
    rng: random.Random, taken: set[tuple[str, ...]], chip: Sequence[PatientRow]
) -> dict[str, list[PatientRow]]:
    """Train with one placeholder for a label, 4 repeats and rows of CHIP2019; dev."""
    own, dev = (fresh(lambda: draw_patient_row(rng), count, taken) for count in (109, DEV))
    q, t, _, kind = own[-1]
    train = [*own[:-1], (q, t, -1, kind), *own[:4], *chip]
    return {"train_20200228": shuffled(rng, train), "dev_20200228": dev}


def covid_csv(rows: Sequence[PatientRow]) -> str:
    numbered = ((number, kind, q, t, label) for number, (q, t, label, kind) in enumerate(rows))
    return csv_text(("id", "category", "query1", "query2", "label"), numbered)


def cblue_objects(rows: Sequence[PatientRow]) -> list[dict[str, object]]:
    return [
        {"id": str(number), "text1": q, "text2": t, "label": label, "category": kind}
        for number, (q, t, label, kind) in enumerate(rows, start=1)
    ]


def draw_patient_row(rng: random.Random) -> PatientRow:
    """A pair about an illness, which is its category."""
    pair = pick(rng, draw_twins(rng, ILLNESS))
    return (*typed(rowed(pair)), pair.q.meaning.get("symptom"))


def typed(row: Row) -> Row:
    """The row with commas as they come from a keyboard: CSV has to quote them."""
    q, t, label = row
    return q.replace("，", ","), t.replace("，", ","), label


def xf2021(seed: int, earlier: Earlier) -> dict[str, str]:
    """TAB text under .csv: train with 30 rows of LCQMC train, 6 of its dev and test, 6 that nearly are; test."""
    rng = seeded(seed, "XF2021")
    own, test = (fresh(lambda: draw_row(rng, *earlier.domains), count, earlier.taken) for count in (58, TEST))
    leaked = turned([rowed(pair) for pair in shuffled(rng, earlier.held_out)[:6]])
    shared = shuffled(rng, earlier.clean)[:30]
    train = shuffled(rng, [*own, *shared, *leaked, *near_rows(rng, earlier, 6)])
    return {"XF2021/train.csv": tab_text(train), "XF2021/test.csv": tab_text(unlabelled(test))}
