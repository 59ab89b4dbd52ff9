"""The configuration of a training on a user's tables: the keys that differ from the defaults, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiju.app.train.encoders import SCRATCH, longest_input
from yiju.app.train.facts import Facts
from yiju.app.train.presets import PRESETS
from yiju.app.train.run_names import corpus_name
from yiju.app.train.user_tables import Table
from yiju.base.nested import overlaid
from yiju.base.plurals import counted
from yiju.base.terminal_language import spoken_here

# Labelled pairs from which on a model can be built from scratch with some hope, and below which nothing can be split.
ENOUGH, FEWEST = 1000, 20
# Shares that are set aside as dev and as test: of few pairs more, so that the figures say something.
SHARE, SHARE_OF_FEW, FEW = 0.1, 0.15, 2000
# Updates that a training from scratch and one of a checkpoint aims at, within these numbers of passes.
UPDATES = {True: (1500, 4, 30), False: (1000, 3, 10)}
# Tokens of a pair: at least, at most; and how many more there are than characters.
SHORTEST, LONGEST, MARKS = 64, 256, 8


@dataclass(frozen=True)
class Task:
    """What is to be trained: the tables by split, what is known of the train pairs, the encoder's keys, the preset."""

    run: str
    tables: Mapping[str, Table]
    facts: Facts
    encoder: Mapping[str, Any]
    preset: str

    @property
    def missing(self) -> list[str]:
        """Splits that no table holds, so that they are set aside of the train pairs."""
        return [split for split in ("dev", "test") if split not in self.tables]

    @property
    def share(self) -> float:
        """Share of the train pairs that becomes each of these splits."""
        return SHARE_OF_FEW if self.facts.pairs < FEW else SHARE

    @property
    def by_sentences(self) -> bool:
        """Whether connected sentences can stay together when splits are set aside."""
        return self.facts.can_set_aside(round(len(self.missing) * self.share * self.facts.pairs), self.share)


def settings_of(task: Task, max_bad: float) -> dict[str, Any]:
    """The keys of the configuration. max_bad: the share of rows of a table that may be no pairs."""
    scratch = task.encoder["source"] == SCRATCH
    catalogue = catalogue_of(task.tables)
    chosen: dict[str, Any] = {
        "run": task.run,
        # The report is in the language of whoever asks for it.
        **({} if spoken_here() == "en" else {"language": spoken_here()}),
        "corpora": {
            "folder": ".",
            "raw": f"data/raw/{task.run}",
            "use": list(catalogue),
            "max_rejected": max_bad,
            **{f"{split}_share": task.share for split in task.missing},
            "catalogue": catalogue,
        },
        "test_sets": {"use": []},
        "encoder": {**task.encoder, "max_length": longest_input(task.encoder, _max_length(task.facts))},
        "posttrain": {"epochs": 5} if scratch else {"enabled": False},
        "finetune": {"corpora": list(catalogue), **_training(task, scratch)},
        "explain": {"splits": ["dev", "test"], "pairs": 100},
        "fusion": {"relations": "none"},
        "jobs": {"gpus": 1},
    }
    return overlaid(chosen, PRESETS[task.preset])


def warnings_of(task: Task) -> list[str]:
    """What the user should know before the training begins, a sentence each."""
    found = []
    if task.encoder["source"] == SCRATCH and task.facts.pairs < ENOUGH:
        found.append(
            f"Only {counted(task.facts.pairs, 'labelled pair')} and no checkpoint: a model from scratch learns little "
            f"from fewer than about {ENOUGH:,}; give a pretrained encoder, --encoder FOLDER, or --encoder OWNER/NAME "
            "with --revision COMMIT."
        )
    if task.missing and not task.by_sentences:
        found.append(
            "Most pairs hang together by shared sentences, so that pairs are set aside one by one: sentences of "
            f"{' and '.join(task.missing)} occur in training too, and the figures flatter the model. Files with "
            "sentences of their own, --dev and --test, would tell more."
        )
    return found


def split_said(task: Task) -> str:
    """How the pairs are split, in a sentence."""
    given = [f"{split} from {task.tables[split].path}" for split in ("dev", "test") if split in task.tables]
    how = "connected sentences together" if task.by_sentences else "drawn one by one"
    aside = [f"{task.share:.0%} of the train pairs become {split}" for split in task.missing]
    return "; ".join([*given, *aside, *([how] if aside else [])])


def catalogue_of(tables: Mapping[str, Table]) -> dict[str, Any]:
    """Corpora of the catalogue: one that holds all tables where these are read alike, else one of each table."""
    groups: list[list[str]] = []
    for split, table in tables.items():
        alike = next((own for own in groups if _alike([*(tables[one] for one in own), table])), None)
        if alike is None:
            groups.append([split])
        else:
            alike.append(split)
    name = corpus_name(tables["train"].path)
    names = [name if "train" in own else f"{name}-{own[0]}" for own in groups]
    return {name: _corpus({split: tables[split] for split in own}) for name, own in zip(names, groups, strict=True)}


def _alike(tables: Sequence[Table]) -> bool:
    meanings: dict[str, int | None] = {}
    for table in tables:
        if any(meanings.setdefault(text, meaning) != meaning for text, meaning in table.meanings.items()):
            return False
    return all(table.options == tables[0].options for table in tables)


def _corpus(tables: Mapping[str, Table]) -> dict[str, Any]:
    first, *others = tables.values()
    labels = {text: meaning for table in (first, *others) for text, meaning in table.meanings.items()}
    files = [{"split": split, "source": str(table.path)} for split, table in tables.items()]
    return {"reader": "generic", "options": {**first.options, "labels": labels}, "files": files}


def _max_length(facts: Facts) -> int:
    """Tokens of a pair, a multiple of 16: what hardly any pair exceeds."""
    return min(LONGEST, max(SHORTEST, -(-(facts.length + MARKS) // 16) * 16))


def _training(task: Task, scratch: bool) -> dict[str, Any]:
    """Passes over the pairs and pairs of an update, by how many pairs there are to learn from."""
    learnt = task.facts.pairs * (1 - len(task.missing) * task.share)
    batch = 16 if learnt < ENOUGH else 32 if not scratch else 64
    updates, fewest, most = UPDATES[scratch]
    epochs = min(most, max(fewest, round(updates * batch / learnt)))
    own = {"epochs": epochs, "batch_size": batch}
    return own if task.by_sentences or not task.missing else own | {"grouped_folds": False}
