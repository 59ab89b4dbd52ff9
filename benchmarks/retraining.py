"""Small trainings with pairs left out, to hold measures of training pairs against: used by evidence.py."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

from yiju.base import tables
from yiju.explain.evidence.build_index import build_index
from yiju.explain.evidence.measures import ScoreTarget, measured
from yiju.explain.evidence.training_evidence import representations_of
from yiju.explain.evidence.training_index import open_index
from yiju.models.build import build_model, build_tokenizer
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.linear_head import linear_head
from yiju.models.opening import open_scorer
from yiju.models.scorer import Scorer
from yiju.models.tokens import TokenizedPairs
from yiju.models.vocabulary import learn_vocabulary
from yiju.training.loop import Machine
from yiju.training.pair_model import GivenPairs, finetune_pairs

MEASURES = ("similarity", "representer", "tracin")
LENGTH, BUDGET = 64, 2048
FIRST = {"epochs": 6.0, "learning_rate": 1e-3, "batch_size": 64, "warmup": 0.1}


@dataclass(frozen=True)
class Experiment:
    """A table of q, t and label that is learnt, another one that is judged, and how a model is trained.

    first: pairs that a model from nothing learns before, once for all trainings, as a pretrained encoder would know the
    language; settings: of `finetune`; the weights of the last epoch are kept. work: folder for models.
    """

    first: pl.DataFrame
    train: pl.DataFrame
    judged: pl.DataFrame
    work: Path
    shape: dict
    settings: dict

    def start(self) -> Path:
        """The model that all trainings begin from: it has learnt `first`, if there are any."""
        folder = self.work / ("nothing" if len(self.first) else "start")
        both = pl.concat([self.first, self.train])
        vocabulary = learn_vocabulary([*both["q"], *both["t"]], 4000)
        model = build_model(self.shape, len(vocabulary), LENGTH, True, seed=1)
        save_folder(model, build_tokenizer(vocabulary, LENGTH), [folder / name for name in FOLDER_FILES])
        return self._learnt("start", self.first, folder, FIRST, 111) if len(self.first) else folder

    def trained(self, name: str, kept: np.ndarray, seed: int = 111) -> Path:
        """The folder of a model that learnt these rows of the training pairs."""
        return self._learnt(name, self.train[kept], self.work / "start", self.settings, seed)

    def _learnt(self, name: str, table: pl.DataFrame, start: Path, settings: dict, seed: int) -> Path:
        out, work = self.work / name, self.work / f"{name}.work"
        pairs, chosen = (
            GivenPairs(part["q"].to_list(), part["t"].to_list(), part["label"].to_list())
            for part in (table, self.judged[:2])
        )
        # Evaluated once, at the end.
        config = {"finetune": settings | {"evaluate_every": 10**6}}
        machine = Machine("cpu", 1, BUDGET)
        finetune_pairs(start, pairs, chosen, out, work, config, seed=seed, machine=machine)
        shutil.rmtree(work)
        return out

    def margins(self, folder: Path) -> np.ndarray:
        """Logit 1 less logit 0 of each judged pair, float64 [judged]."""
        scorer = open_scorer(folder)
        logits = scorer.predict(tokens(scorer, self.judged), BUDGET)
        return logits[:, 1] - logits[:, 0]

    def again(self, name: str, kept: np.ndarray, seeds: int) -> np.ndarray:
        """The mean of these margins over models that learnt these rows with so many seeds."""
        return np.mean([self.margins(self.trained(f"{name}-{seed}", kept, 111 + seed)) for seed in range(seeds)], 0)

    def values(self, folder: Path) -> dict[str, np.ndarray]:
        """How much each training pair speaks for label 1, by each measure: float32 [judged, train].

        A pair that is similar by what the head reads speaks for its own label.
        """
        build_index(folder, open_scorer, learnt(self.train), BUDGET)
        index, scorer = open_index(folder), open_scorer(folder)
        pairs, score_target = tokens(scorer, self.judged), ScoreTarget(1, 0, 1.0, False)
        representations = representations_of(linear_head(scorer, pairs), [pairs], BUDGET)
        found = {
            name: np.stack(
                [
                    measured(name, index.checkpoints, [representation], score_target)
                    for representation in representations
                ]
            )
            for name in MEASURES
        }
        found["similarity"] = np.maximum(found["similarity"], 0) * (2 * index.labels - 1)
        return found


def tokens(scorer: Scorer, table: pl.DataFrame) -> TokenizedPairs:
    q, t = (scorer.encode(table[name].to_list(), side) for side, name in enumerate("qt"))
    return scorer.pair_up(q, t)


def learnt(table: pl.DataFrame) -> pl.DataFrame:
    """LEARNT of a table of q, t and label, as lines of a file."""
    numbers = pl.int_range(len(table), dtype=pl.Int64, eager=True)
    return table.select(
        pair=numbers,
        operation=pl.lit("original"),
        corpus=pl.lit("LCQMC"),
        file=pl.lit("train.tsv"),
        line=numbers + 1,
        q="q",
        t="t",
        label=pl.col("label").cast(pl.Int8),
    ).cast(pl.Schema(tables.LEARNT))


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's, of values without ties."""
    one, other = (np.argsort(np.argsort(values)) for values in (first, second))
    return float(np.corrcoef(one, other)[0, 1])


def datamodelling(
    experiment: Experiment, values: dict[str, np.ndarray], subsets: int, share: float, seed: int
) -> dict[str, np.ndarray]:
    """The linear datamodelling score (Park et al. 2023) of each measure, float64 [judged].

    As many models as `subsets` learn a share of the pairs each; the score of a judged pair is the rank correlation,
    over these models, of its margin and of the sum of the values of the pairs that the model learnt.
    """
    random, count = np.random.default_rng(seed), len(experiment.train)
    chosen = [np.sort(random.permutation(count)[: round(share * count)]) for _ in range(subsets)]
    margins = np.stack([experiment.margins(experiment.trained(f"half{n}", kept)) for n, kept in enumerate(chosen)])
    by_chance = {"random": random.standard_normal((len(experiment.judged), count)).astype(np.float32)}
    return {
        name: np.array(
            [
                rank_correlation(np.array([own[kept].sum() for kept in chosen]), margins[:, place])
                for place, own in enumerate(found)
            ]
        )
        for name, found in (values | by_chance).items()
    }


def falls(
    experiment: Experiment,
    values: dict[str, np.ndarray],
    whole: np.ndarray,
    rows: list[int],
    count: int,
    seeds: int,
    seed: int,
) -> dict[str, list[float]]:
    """By how much the margin of a judgement falls, to the side of its label, when `count` pairs are left out.

    whole: margins of models that learnt all, as many as `seeds`; rows: of judged pairs. The pairs left out speak most
    for the judgement by a measure, or are drawn at random: from all, and from those with the judged label.
    """
    random, labels = np.random.default_rng(seed), experiment.train["label"].to_numpy()
    fallen: dict[str, list[float]] = {}
    for row in rows:
        sign = 1 if whole[row] > 0 else -1
        same = np.flatnonzero(labels == (sign > 0))
        out = {name: np.argsort(-sign * found[row], kind="stable")[:count] for name, found in values.items()}
        out |= {
            "random": random.permutation(len(labels))[:count],
            "random, same label": random.permutation(same)[:count],
        }
        for name, left in out.items():
            kept = np.setdiff1d(np.arange(len(labels)), left)
            again = experiment.again(f"without-{name.replace(', ', '-')}-{row}", kept, seeds)
            fallen.setdefault(name, []).append(float(sign * (whole[row] - again[row])))
    return fallen
