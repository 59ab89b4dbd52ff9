"""Configuration keys of the corpora and test sets of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from yiju.base.types import Share
from yiju.config.section import Misplaced, Name, Section
from yiju.config.source_keys import Corpus, TestSet

SAMPLE = ["LCQMC", "AFQMC", "OCNLI", "Chinese-STS-B", "ATEC", "BQ", "CCKS2018_Task3", "CHIP2019", "CINLID", "COVID19"]
SAMPLE += ["Chinese-MNLI", "Chinese-SNLI", "DIAC2019", "GAIIC2021_Task3", "PAWSX", "PKU_Paraphrase_Bank", "SOHU_2021"]
SAMPLE += ["THS2021", "XF2021"]


class Filters(Section):
    duplicates: bool = Field(default=True, description="Repeated pairs, of which the first is kept.")
    conflicts: Literal["drop", "first", "majority", "keep"] = Field(
        default="drop",
        description="Of a training pair with both labels: drop all rows, keep those with its first label, or with its "
        "majority label (a tie: none), or keep all.",
    )
    leaks: bool = Field(default=True, description="Training pairs that are pairs of a dev, test or competition set.")
    near_leaks: bool = Field(
        default=False, description="Also those that are nearly such a pair; where they are kept, they are reported."
    )


class StsScores(Section):
    positive: float = Field(default=4.0, description="Scores from here on mean similar.")
    negative: float = Field(default=2.0, description="Scores up to here mean not similar; the middle is dropped.")

    @model_validator(mode="after")
    def _ordered(self) -> StsScores:
        if self.negative >= self.positive:
            raise ValueError("negative must lie below positive")
        return self


class Corpora(Section):
    folder: str = Field(
        default="data/sample", description="Folder that relative sources, of test sets too, are looked up in."
    )
    raw: str = Field(
        default="data/raw/sample", description="Folder for fetched files; local ones are read where they lie."
    )
    downloads: str = Field(
        default="data/downloads",
        description="Folder that keeps downloads for all runs: what is there with the right checksum is not fetched "
        "again.",
    )
    lock: str = Field(
        default="data/corpora.lock",
        description="File that pins the SHA-256 of every download and of its members when it first arrives; from then "
        "on it must be the same.",
    )
    fetch: list[Name] = Field(
        default=[],
        description="Corpora that are downloaded from their publishers, as the catalogue says under `published`, in "
        "place of their `files`.",
    )
    terms: Literal["ask", "accepted"] = Field(
        default="ask",
        description="accepted: you have read and accept the terms of what is downloaded; ask: what has terms is not, "
        "unless `yiju corpora fetch` has asked you.",
    )
    use: Annotated[list[Name], Field(min_length=1)] = Field(
        default=SAMPLE, description="The corpora of this run, in merging order; each must be in the catalogue."
    )
    max_rejected: Share = Field(
        default=0.01, description="Share of badly formed rows of a file above which it fails the run."
    )
    nli_labels: dict[Literal["entailment", "neutral", "contradiction"], Literal[0, 1]] = Field(
        default={"entailment": 1, "neutral": 0, "contradiction": 0},
        description="What the three relations of inference corpora mean here (pairs without agreement are dropped).",
    )
    sts_scores: StsScores = Field(default=StsScores(), description="How graded similarity becomes a label.")
    filters: Filters = Field(
        default=Filters(),
        description="What is taken out of the merged pairs; every dropped row is kept with its reason in "
        "dropped.parquet.",
    )
    corrections: str | None = Field(
        default=None,
        description="A reviewed table of suspect labels (yiju suspects) whose right labels train pairs then have; dev "
        "and test pairs are never changed. null: none.",
    )
    dev_share: Annotated[float, Field(gt=0, le=0.5)] = Field(
        default=0.1,
        description="Where no corpus of finetune.corpora has a dev split: this share of their labelled train pairs "
        "becomes one, connected sentences together (with finetune.grouped_folds: false pairs at random).",
    )
    test_share: Annotated[float, Field(ge=0, le=0.5)] = Field(
        default=0.0,
        description="The same for test, where no corpus of finetune.corpora has a test split; 0: there is none.",
    )
    near_similarity: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8,
        description="Sentences are nearly the same from this share of common character bigrams on (Jaccard).",
    )
    catalogue: dict[Name, Corpus] = Field(
        default={},
        description="Corpora of your own, and keys of known ones that differ from "
        "workflow_scripts/yiju/config/catalogue.yaml: reader, its options, and for every file the split and its "
        "source: a local path, a URL with its checksum (mirrors: other URLs of it), or a path inside a hub dataset "
        "(hub, revision); in an archive also the member. For example:\n"
        "{Mine: {reader: generic, files: [{split: train, source: mine/train.tsv}]}}",
    )

    @model_validator(mode="before")
    @classmethod
    def _published_files(cls, values: Any) -> Any:
        """Where corpora are fetched, their published files stand in the place of the others."""
        if not isinstance(values, dict) or not isinstance(values.get("catalogue"), dict):
            return values
        catalogue, wanted = values["catalogue"], values.get("fetch")
        names = [name for name in wanted if isinstance(name, str)] if isinstance(wanted, list) else []
        return values | {
            "catalogue": catalogue | {name: _published(catalogue[name]) for name in names if name in catalogue}
        }

    @model_validator(mode="after")
    def _in_catalogue(self) -> Corpora:
        require(self.use, self.catalogue, "use", "catalogue")
        require(self.fetch, self.catalogue, "fetch", "catalogue")
        for name in self.fetch:
            if not self.catalogue[name].published:
                raise Misplaced(f"no address of {name} is in the catalogue; {_by_hand(self)}", ["fetch"])
        return self


def _published(corpus: Any) -> Any:
    known = corpus.get("published") if isinstance(corpus, dict) else None
    if not isinstance(known, dict) or "files" not in known:
        return corpus
    return corpus | {"files": known["files"], "options": known.get("options", {})}


def _by_hand(corpora: Corpora) -> str:
    available = ", ".join(other for other, corpus in corpora.catalogue.items() if corpus.published)
    return f"bring its files by hand (yiju corpora list says from where). Addresses are known of {available or 'none'}"


class TestSets(Section):
    use: list[Name] = Field(default=["sample"], description="The sets that are judged and explained.")
    catalogue: dict[Name, TestSet] = Field(
        default={},
        description="Sets of your own, beside those of catalogue.yaml: items, and gold labels and rationales where "
        "there are any. For example:\n{Mine: {items: {source: mine/items.txt}, gold: {source: mine/gold.txt}}}",
    )

    @model_validator(mode="after")
    def _in_catalogue(self) -> TestSets:
        require(self.use, self.catalogue, "use", "catalogue")
        for split in ("dev", "test"):
            if split in self.catalogue:
                raise ValueError(f"the name {split!r} is taken by the {split} split of finetune.corpora")
        return self


def require(names: Iterable[str], known: Collection[str], key: str, where: str) -> None:
    """Raise ValueError for a name of a key that is not among the known ones."""
    for name in names:
        if name not in known:
            raise ValueError(f"{key} names {name!r}, which is not in {where}: {', '.join(known) or 'nothing'}")
