"""Corpora of statements beside OCNLI and Chinese-STS-B: most are compressed or archives, to be read where they lie."""

from collections.abc import Callable, Iterable

from tools.sample import idioms, scenes, stories
from tools.sample.fresh import fresh, seeded, unlabelled
from tools.sample.sample_formats import gz, json_lines, tab_text, tar_gz, xz, zipped

TRAIN, DEV, TEST = 120, 40, 40
NO_AGREEMENT = 40  # every so many rows of inference one has the label "-"
MISSING = "NS"  # stands for a sentence that PAWSX does not have
SOHU_ROWS = {"train": 60, "valid": 30, "test_with_id": 30}

Taken = set[tuple[str, ...]]
Inference = tuple[str, str, str]


def statement_files(seed: int, taken: Taken) -> dict[str, bytes]:
    """Content of every file, by its path inside the sample folder."""
    return {
        "SOHU_2021/sohu2021.zip": zipped({**sohu2021(seed, taken, "A"), **sohu2021(seed, taken, "B")}),
        "PAWSX/x-final.tar.gz": tar_gz(pawsx(seed, taken)),
        **cmnli(seed, taken),
        **csnli(seed, taken),
        "PKU_Paraphrase_Bank/paraphrase_unorder.zip": zipped({"paraphrase_unorder.txt": pku(seed, taken)}),
        "CINLID/Idiom_NLI.txt": cinlid(seed, taken),
    }


def sohu2021(seed: int, taken: Taken, kind: str) -> dict[str, bytes]:
    """Json lines of short texts; kind A is labelled by topic, kind B by event; test with ids instead of labels."""
    rng = seeded(seed, f"SOHU_2021 {kind}")
    files = {}
    for name, count in SOHU_ROWS.items():
        rows = fresh(lambda: stories.news(rng), count, taken)
        objects = []
        for number, (source, target, same_topic, same_event) in enumerate(rows):
            label = {f"label{kind}": str(same_topic if kind == "A" else same_event)}
            known = {"id": f"{kind}{number:04d}"} if name.startswith("test") else label
            objects.append({"source": source, "target": target, **known})
        files[f"短短匹配{kind}类/{name}.txt"] = json_lines(objects).encode()
    return files


def pawsx(seed: int, taken: Taken) -> dict[str, bytes]:
    """TAB text with ids and a header; dev and test hold one row each with a placeholder."""
    rng = seeded(seed, "PAWSX")
    header = ("id", "sentence1", "sentence2", "label")
    files = {}
    for name, count in (("translated_train", TRAIN), ("dev_2k", DEV), ("test_2k", TEST)):
        rows = fresh(lambda: stories.swapped(rng), count, taken)
        if name != "translated_train":
            rows[count // 2] = (rows[count // 2][0], MISSING, 0)
        numbered = ((number, *row) for number, row in enumerate(rows, start=1))
        files[f"x-final/zh/{name}.tsv"] = tab_text([header, *numbered]).encode()
    return files


def cmnli(seed: int, taken: Taken) -> dict[str, bytes]:
    """Json lines with the relation under `label`; test without."""
    rng = seeded(seed, "Chinese-MNLI")
    train, dev, test = (inferences(lambda: stories.inference(rng), n, taken) for n in (TRAIN, DEV, TEST))
    return {
        "Chinese-MNLI/train.json.xz": xz(labelled_lines(train, "label")),
        "Chinese-MNLI/dev.json": labelled_lines(dev, "label"),
        "Chinese-MNLI/test.json": json_lines(
            {"id": number, "sentence1": premise, "sentence2": hypothesis}
            for number, (premise, hypothesis) in enumerate(unlabelled(test))
        ).encode(),
    }


def csnli(seed: int, taken: Taken) -> dict[str, bytes]:
    """Json lines with the relation under `gold_label`; test as TAB text, with labels."""
    rng = seeded(seed, "Chinese-SNLI")
    train, dev, test = (inferences(lambda: scenes.inference(rng), n, taken) for n in (TRAIN, DEV, TEST))
    return {
        "Chinese-SNLI/train.json.gz": gz(labelled_lines(train, "gold_label")),
        "Chinese-SNLI/dev.json": labelled_lines(dev, "gold_label"),
        "Chinese-SNLI/test.txt": tab_text(test).encode(),
    }


def inferences(draw: Callable[[], Inference], count: int, taken: Taken) -> list[Inference]:
    """Drawn rows, some of them with the label that says that annotators did not agree."""
    return [
        (premise, hypothesis, "-" if number % NO_AGREEMENT == NO_AGREEMENT - 1 else label)
        for number, (premise, hypothesis, label) in enumerate(fresh(draw, count, taken))
    ]


def labelled_lines(rows: Iterable[Inference], key: str) -> bytes:
    return json_lines({"sentence1": q, "sentence2": t, key: label} for q, t, label in rows).encode()


def pku(seed: int, taken: Taken) -> bytes:
    """Two TAB fields, all of them paraphrases; the last two rows are the first two turned around."""
    rng = seeded(seed, "PKU_Paraphrase_Bank")
    rows = fresh(lambda: stories.retold(rng), TRAIN, taken)
    return tab_text([*rows, *((t, q) for q, t in rows[:2])]).encode()


def cinlid(seed: int, taken: Taken) -> bytes:
    """Idiom TAB idiom TAB relation."""
    rng = seeded(seed, "CINLID")
    return tab_text(fresh(lambda: idioms.relation(rng), 100, taken)).encode()
