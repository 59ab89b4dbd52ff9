"""Every configuration key, typed and closed. Values live in config.yaml alone: the schema knows no defaults."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from yiju.base.addresses import is_url
from yiju.base.errors import YijuError
from yiju.base.types import MEASURED, Count, Sha256, Share
from yiju.config.explanations import Explain, Study
from yiju.config.section import HubName, Misplaced, Name, Positive, Rate, Revision, Section, Url

# Learning rates that `auto` stands for, and the rate from which on one is warned of for a checkpoint.
SCRATCH_RATE, HIGH_RATE = 1e-3, 5e-4
CHECKPOINT_RATES = {"posttrain": 5e-5, "finetune": 2e-5}


class Source(Section):
    source: Annotated[
        str, Field(min_length=1, description="path of a local file, an http(s) URL, or a path inside the hub dataset")
    ]
    sha256: Sha256 | None = Field(default=None, description="checksum of the file as stored; required for a URL")
    mirrors: list[Url] = Field(default=[], description="other URLs of the same file, tried in this order")
    hub: HubName | None = Field(default=None, description="hub dataset (owner/name) that holds the file")
    revision: Revision | None = Field(default=None, description="commit of the hub dataset, 40 hexadecimal digits")

    @property
    def is_url(self) -> bool:
        return is_url(self.source)

    @property
    def is_remote(self) -> bool:
        return self.is_url or self.hub is not None

    @property
    def file(self) -> str:
        """Name of the file, under corpora.raw too where it is fetched.

        In a hub dataset, files of one name may lie in several folders.
        """
        path = PurePosixPath(self.source.split("?")[0])
        return "_".join(path.parts) if self.hub else path.name

    def located(self, folder: str) -> str:
        """The source as it is opened: a relative path is looked up in `folder`."""
        return self.source if self.is_remote else str((Path(folder) / Path(self.source).expanduser()).expanduser())

    @model_validator(mode="after")
    def _pinned(self) -> Source:
        if self.is_url and not self.sha256:
            raise ValueError("a URL needs its sha256, so that what arrives is what was meant")
        if self.mirrors and not self.is_url:
            raise ValueError("mirrors are other URLs of a source that is a URL")
        if (self.hub is None) != (self.revision is None):
            raise ValueError("hub and revision come together: the dataset, and the commit of it")
        if self.hub and self.is_url:
            raise ValueError("with hub, source is a path inside the dataset")
        if not self.file:
            raise ValueError("the source names no file")
        return self


class CorpusFile(Source):
    split: Literal["train", "dev", "test"] = Field(description="the part of the corpus that the file holds")
    member: str | None = Field(
        default=None, description="path of the file inside the archive (.zip, .tar, .tar.gz …) that the source is"
    )


class Corpus(Section):
    reader: str = Field(description="name of the reader for its native format")
    options: dict[str, Any] = Field(default={}, description="options of that reader")
    home: str | None = Field(default=None, description="where its publisher offers it")
    terms: str | None = Field(default=None, description="whose terms apply, in a few words")
    files: Annotated[list[CorpusFile], Field(min_length=1, description="its files")]

    @model_validator(mode="before")
    @classmethod
    def _labels_as_written(cls, values: Any) -> Any:
        """Labels are compared with the text of the file, which YAML keeps of 1 and 0, but not of yes and no."""
        options = values.get("options") if isinstance(values, dict) else None
        labels = options.get("labels") if isinstance(options, dict) else None
        return values | {"options": options | {"labels": _as_texts(labels)}} if isinstance(labels, dict) else values

    @model_validator(mode="after")
    def _known_reader_and_distinct_files(self) -> Corpus:
        from yiju.config.readers import complete_options

        try:
            complete_options(self.reader, self.options)
        except YijuError as error:
            raise ValueError(str(error)) from None
        _refuse_name_clashes(self.files)
        return self


class Filters(Section):
    duplicates: bool = Field(description="drop repeated pairs, keeping the first")
    conflicts: Literal["drop", "first", "majority", "keep"] = Field(
        description="of a training pair with both labels: drop all rows, keep those with its first label, "
        "with its more frequent one (a tie: none), or keep all"
    )
    leaks: bool = Field(description="drop training pairs that are pairs of a dev, test or competition set")
    near_leaks: bool = Field(
        description="also drop training pairs that are nearly pairs of such a set; kept ones are reported"
    )


class StsScores(Section):
    positive: float = Field(description="scores from here on mean similar")
    negative: float = Field(description="scores up to here mean not similar; the middle is dropped")

    @model_validator(mode="after")
    def _apart(self) -> StsScores:
        if self.negative >= self.positive:
            raise ValueError("negative must lie below positive")
        return self


class Corpora(Section):
    folder: str = Field(description="folder that relative sources, of test sets too, are looked up in")
    raw: str = Field(description="folder for fetched files; local ones are read where they lie")
    downloads: str = Field(
        description="folder that keeps downloads for all runs; what is there with the right checksum is not fetched"
    )
    use: Annotated[list[Name], Field(min_length=1, description="the corpora of this run, in merging order")]
    max_rejected: Share = Field(description="share of badly formed rows above which a corpus fails the run")
    nli_labels: dict[Literal["entailment", "neutral", "contradiction"], Literal[0, 1]] = Field(
        description="what the three relations of inference corpora mean here"
    )
    sts_scores: StsScores = Field(description="how graded similarity becomes a label")
    filters: Filters = Field(description="what is taken out of the merged pairs")
    dev_share: Annotated[float, Field(gt=0, le=0.5)] = Field(
        description="where no corpus of finetune.corpora has a dev split: the share of their labelled train pairs that "
        "becomes one, connected sentences together"
    )
    near_similarity: Annotated[float, Field(gt=0, le=1)] = Field(
        description="sentences are nearly the same from this share of common character bigrams on (Jaccard)"
    )
    catalogue: dict[Name, Corpus] = Field(description="where each corpus comes from")

    @model_validator(mode="after")
    def _in_catalogue(self) -> Corpora:
        _require(self.use, self.catalogue, "use", "catalogue")
        return self


class TestSet(Section):
    home: str | None = Field(default=None, description="where its publisher offers it")
    terms: str | None = Field(default=None, description="whose terms apply, in a few words")
    items: Source = Field(description="items in the competition's json lines")
    gold: Source | None = Field(default=None, description="gold labels and rationales in the benchmark's json lines")
    last_original: int | None = Field(
        default=None, description="in a set that tells no relations, the last id that is no disturbed form"
    )

    @model_validator(mode="after")
    def _distinct_files(self) -> TestSet:
        if self.gold and self.gold.file == self.items.file:
            raise ValueError("items and gold bear the same file name, by which they are told apart; rename one")
        return self


class TestSets(Section):
    use: list[Name] = Field(description="the sets that are judged and explained")
    catalogue: dict[Name, TestSet] = Field(description="where each set comes from")

    @model_validator(mode="after")
    def _in_catalogue(self) -> TestSets:
        _require(self.use, self.catalogue, "use", "catalogue")
        for split in ("dev", "test"):
            if split in self.catalogue:
                raise ValueError(f"the name {split!r} is taken by the {split} split of finetune.corpora")
        return self


class Architecture(Section):
    layers: Count = Field(description="encoder layers")
    width: Count = Field(description="hidden size")
    heads: Count = Field(description="attention heads; they divide the width")
    feed_forward: Count = Field(description="inner size of the feed-forward blocks")
    dropout: Annotated[float, Field(ge=0, lt=1, description="dropout of layers and attention")]
    vocabulary_size: Annotated[int, Field(ge=100, description="at most this many tokens are learnt")]
    vocabulary: str | None = Field(description="a vocab.txt to use instead of learning one")

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Architecture:
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        return self


class Encoder(Section):
    source: Literal["scratch", "folder", "hub"] = Field(description="where the weights come from")
    name: str | None = Field(description="the folder's path or the hub's model name")
    revision: Revision | None = Field(description="commit of the hub model, 40 hexadecimal digits")
    scratch: Architecture = Field(description="shape of a model built from scratch")
    match_marker: bool | Literal["auto"] = Field(
        description="tell the model, by segment id, which characters occur on both sides; auto: from scratch only"
    )
    max_length: Annotated[int, Field(ge=8, le=512, description="tokens of a pair, special ones included")]

    @property
    def marks_matches(self) -> bool:
        return self.source == "scratch" if self.match_marker == "auto" else self.match_marker

    @model_validator(mode="after")
    def _named(self) -> Encoder:
        if (self.source == "scratch") != (self.name is None):
            raise ValueError("source folder or hub needs a name; source scratch takes none")
        if self.source == "hub" and self.revision is None:
            raise ValueError("a hub model needs its revision: the 40 hexadecimal digits of a commit")
        return self


class Training(Section):
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        description="auto: bf16 autocast where the processor or GPU computes it natively, else fp32; fp16: GPUs only"
    )
    save_every: Positive = Field(
        description="minutes between two saves from which a killed run continues; changing it reruns nothing"
    )
    compile: bool = Field(description="torch.compile; pays on a GPU, costs a minute or two at the start")
    accelerate: str | None = Field(
        description="a configuration file of accelerate for sharded training (FSDP 2): see docs/sharded-training.md"
    )
    max_minutes: Positive | None = Field(
        description="save and stop after so many minutes; the same command goes on; changing it reruns nothing"
    )
    trackers: list[Literal["tensorboard", "wandb", "mlflow", "comet_ml", "aim", "clearml", "swanlab", "trackio"]] = (
        Field(description="who shows the curves while a training runs; changing it reruns nothing")
    )

    @model_validator(mode="after")
    def _tried(self) -> Training:
        if self.compile and self.accelerate:
            raise ValueError("compile and accelerate do not go together: graphs of sharded weights are untried")
        return self


class Optimisation(Section):
    learning_rate: Rate | Literal["auto"] = Field(
        description="peak learning rate of AdamW, falling linearly to 0; auto: 0.001 for a model from scratch, for a "
        "checkpoint 5e-5 in post-training and 2e-5 in fine-tuning"
    )
    warmup: Share = Field(description="share of the updates in which the rate rises from 0")
    weight_decay: Annotated[float, Field(ge=0, le=1, description="decay of weights other than bias and LayerNorm")]
    clip: Positive = Field(description="largest norm of the gradient")
    batch_size: Count = Field(description="sentences, pairs or packed blocks of one update, over all devices")
    batches: Literal["random", "by_length"] = Field(
        description="rows of one update: drawn at random, or of similar length, which pads less"
    )
    evaluate_every: Count | Literal["auto"] = Field(
        description="updates between two evaluations; the best weights are kept; auto: ten evaluations in a training, "
        "and one every 500 updates in a long one"
    )


class Posttrain(Optimisation):
    enabled: bool = Field(description="train the encoder on the merged texts before fine-tuning")
    corpora: list[Name] | Literal["all"] = Field(description="corpora whose sentences are read")
    transductive: bool = Field(description="also read texts of dev, test and competition sets")
    epochs: Positive = Field(description="passes over the texts")
    stop_after: Positive | None = Field(
        description="epochs after which to stop and keep the weights as they are then; null: go on, keep the best"
    )
    mask_share: Annotated[float, Field(gt=0, lt=1, description="share of tokens to be guessed (80/10/10)")]
    masking: Literal["tokens", "words"] = Field(
        description="what is chosen: single tokens, or whole words as jieba cuts them, all tokens of a word together"
    )
    dictionary: str | None = Field(
        description="a list of words, one a line, to cut by instead of jieba's own dictionary; with masking: words"
    )
    unit: Literal["sentences", "pairs"] = Field(
        description="what is read: each sentence once, or each distinct pair, both of its sentences together"
    )
    packing: bool = Field(description="sentences one after another in full blocks of max_length tokens")

    @model_validator(mode="after")
    def _readable(self) -> Posttrain:
        if self.dictionary and self.masking != "words":
            raise ValueError("dictionary is read with masking: words only")
        if self.packing and self.unit == "pairs":
            raise ValueError("packing joins single sentences into blocks; set unit: sentences, or packing: false")
        return self


class Switch(Section):
    """A technique that is on or off. What is set of one that is off would do nothing, and is an error."""

    usual: ClassVar[dict[str, float | int | str]] = {}

    @model_validator(mode="after")
    def _idle(self) -> Switch:
        idle = {} if self.enabled else self.usual
        for key, value in idle.items():
            if getattr(self, key) != value:
                raise ValueError(
                    f"{key} does nothing while enabled is false; set enabled: true, or leave it at {value}"
                )
        return self


class LayerRates(Switch):
    usual: ClassVar = {"factor": 2.6, "head": 1.0}
    enabled: bool = Field(description="learning rates that grow from the bottom layers to the top ones")
    factor: Annotated[float, Field(ge=1)] = Field(
        description="the bottom third of the layers learns at 1/factor of the rate, the top third at factor times it"
    )
    head: Positive = Field(description="the classifier learns at so many times the rate")


class Fgm(Switch):
    usual: ClassVar = {"epsilon": 1.0}
    enabled: bool = Field(description="second backward pass on adversarially moved word embeddings")
    epsilon: Positive = Field(description="length of that move")


class Pgd(Switch):
    usual: ClassVar = {"steps": 3, "alpha": 0.3, "epsilon": 1.0}
    enabled: bool = Field(description="several small adversarial moves within a ball; the last one is learnt from")
    steps: Count = Field(description="moves (K)")
    alpha: Positive = Field(description="length of one move")
    epsilon: Positive = Field(description="radius of the ball around the clean embeddings")


class Ema(Switch):
    usual: ClassVar = {"decay": 0.999}
    enabled: bool = Field(description="evaluate and keep a moving average of the weights")
    decay: Annotated[float, Field(gt=0, lt=1, description="share of the average that stays at each update")]


class RDrop(Switch):
    usual: ClassVar = {"alpha": 1.0}
    enabled: bool = Field(description="two forward passes under other dropout, drawn together")
    alpha: Positive = Field(description="weight of their divergence")


class MultiDropout(Switch):
    usual: ClassVar = {"samples": 5, "combine": "mean"}
    enabled: bool = Field(description="several dropout masks on the pooled vector, one classifier")
    samples: Annotated[int, Field(ge=2, description="masks")]
    combine: Literal["sum", "mean"] = Field(description="what becomes of their logits")


class Mixup(Switch):
    usual: ClassVar = {"at": "embedding", "beta": 1.0}
    enabled: bool = Field(description="a second loss on pairs blended with others of the batch")
    at: Literal["embedding", "pooler", "last", "inner"] = Field(
        description="what is blended: embeddings, pooled vectors, last layer, or a layer at random"
    )
    beta: Positive = Field(description="both parameters of the Beta distribution of the share")


class Masking(Switch):
    usual: ClassVar = {"operator": "mask"}
    enabled: bool = Field(
        description="masked fine-tuning: half of the pairs of every update lose tokens, each pair at a rate drawn from "
        "0 to 1; whole and masked selection pairs choose the best weights"
    )
    operator: Literal["mask", "delete", "both"] = Field(
        description="[MASK] takes the place of such a token, the token is deleted, or one of these in every second pair"
    )


class Intermediate(Section):
    corpora: list[Name] = Field(
        description="corpora learnt before finetune.corpora, by the same recipe; none: no such step"
    )
    epochs: Positive = Field(description="passes over them")


class Finetune(Optimisation):
    corpora: Annotated[list[Name], Field(min_length=1, description="corpora whose labelled pairs are learnt")]
    folds: Count = Field(description="1: train split against dev split; k: k-fold cross-validation")
    grouped_folds: bool = Field(description="keep connected sentences in one fold; off: rows at random")
    seeds: Count = Field(description="trainings of every fold, with different seeds; all of them judge together")
    intermediate: Intermediate = Field(description="corpora to learn first")
    epochs: Positive = Field(description="passes over the training pairs")
    accumulation: Count = Field(description="steps that an update is cut into; FGM or PGD moves in each of them")
    calibrate: bool = Field(
        description="fit temperature and threshold on the dev pairs; false: logits as they are, and decision_threshold"
    )
    decision_threshold: Annotated[float, Field(ge=0, lt=2)] = Field(
        description="T: similar iff logit 1 exceeds logit 0 by more than 2T - 1; the published 0.97 asks for 0.94"
    )
    average_orders: bool = Field(description="judge every pair in both orders and take the mean of the logits")
    layer_rates: LayerRates = Field(description="grouped layer-wise learning rates")
    fgm: Fgm = Field(description="fast gradient method")
    pgd: Pgd = Field(description="projected gradient descent")
    adversarial_every: Count = Field(description="FGM or PGD in every so many updates only")
    ema: Ema = Field(description="exponential moving average of the weights")
    rdrop: RDrop = Field(description="R-Drop")
    multi_dropout: MultiDropout = Field(description="multi-sample dropout")
    mixup: Mixup = Field(description="mixup")
    masking: Masking = Field(description="masked fine-tuning")
    weighting: Literal["none", "edit_distance"] = Field(
        description="edit_distance: pairs whose label their edit distance belies weigh more"
    )
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(description="share of the label given to both labels")

    @model_validator(mode="after")
    def _sensible(self) -> Finetune:
        if self.fgm.enabled and self.pgd.enabled:
            raise ValueError("fgm and pgd both move the word embeddings; enable one of them")
        if self.mixup.enabled and self.rdrop.enabled:
            raise ValueError("mixup and rdrop both ask for a second forward pass of their own; enable one of them")
        if self.adversarial_every > 1 and not (self.fgm.enabled or self.pgd.enabled):
            raise ValueError("adversarial_every does nothing without fgm or pgd; enable one, or leave it at 1")
        if self.intermediate.corpora and self.multi_dropout.enabled and self.multi_dropout.combine == "sum":
            raise ValueError("intermediate corpora with multi_dropout.combine: sum scale the head twice; take mean")
        if self.calibrate and self.decision_threshold != 0.5:
            raise ValueError("decision_threshold is fitted where calibrate is true; set calibrate: false to choose it")
        return self


class Closure(Section):
    share: Positive = Field(description="at most so many new pairs in all, as a share of the original ones")
    per_component: Count = Field(description="at most so many new pairs of one component, or between two")


class Augment(Section):
    method: Literal["none", "published", "closure"] = Field(
        description="published: transfer among pairs of one first sentence; closure: what follows on the whole graph"
    )
    closure: Closure = Field(description="limits of method closure")


class Audit(Section):
    sample: Annotated[int, Field(ge=100)] = Field(
        description="pairs of a split that the shortcut audit and the search for near duplicates look at, at most"
    )


class Fusion(Section):
    order: Literal["importance", "published"] = Field(description="how the harmonised rationale is ranked")
    relations: Literal["published", "given", "found", "none"] = Field(
        description="how items are related (f3): published, by a corpus and BLEU-4; given, by the set's own `rel_ids`; "
        "found, as nearly the same pairs; or not at all"
    )
    originals: Name = Field(description="published: corpus whose test split tells originals from disturbed forms")
    similarity: Annotated[
        float, Field(gt=0, le=1, description="found: least Jaccard index of the character bigrams of either side")
    ]
    share: Literal["original", "consensus"] = Field(
        description="original: an item takes label and words of its original; consensus: the majority label, weighted "
        "by how sure each is, and the mean ranking of words"
    )


class Evaluate(Section):
    splits: list[Literal["test"]] = Field(
        description="further splits of finetune.corpora to judge, beside dev: test, where it has labels"
    )
    bootstrap: Annotated[int, Field(ge=100, description="resamples of a 95 % interval")]
    gold_sets: Literal["best", "union"] = Field(
        description="of several gold rationales of a sentence: best, the one that fits best; union, or a union of them "
        "where it fits better, as TrustAI counts"
    )


class Jobs(Section):
    gpus: Annotated[int, Field(ge=0, description="GPUs that every training rule reserves, on each node")]
    nodes: Count = Field(description="machines that a training spans, where a cluster's scheduler hands them out")
    batch_tokens: Count = Field(
        description="tokens of one forward pass: memory against speed, never the result's meaning"
    )


class Settings(Section):
    run: Name = Field(description="name of the run: results/<run>/")
    seed: Annotated[int, Field(ge=0, lt=2**32, description="of every random choice")]
    device: Literal["auto", "cpu", "cuda"] = Field(description="auto: GPUs where there are any, else the CPU")
    corpora: Corpora
    test_sets: TestSets
    encoder: Encoder
    training: Training
    posttrain: Posttrain
    augment: Augment
    audit: Audit
    finetune: Finetune
    explain: Explain
    study: Study
    fusion: Fusion
    evaluate: Evaluate
    jobs: Jobs
    variants: dict[Name, dict[Literal["encoder", "posttrain", "augment", "finetune"], dict[str, Any]]] = Field(
        description="named sets of keys that differ; each is trained in a branch of its own and compared in the report"
    )

    @model_validator(mode="after")
    def _corpora_in_use(self) -> Settings:
        _require(self.finetune.corpora, self.corpora.use, "finetune.corpora", "corpora.use")
        if self.posttrain.corpora != "all":
            _require(self.posttrain.corpora, self.corpora.use, "posttrain.corpora", "corpora.use")
        _require(self.finetune.intermediate.corpora, self.corpora.use, "finetune.intermediate.corpora", "corpora.use")
        self._require_rows_for_all_processes()
        self._require_whole_weights()
        for name in self.study.methods:
            try:
                self.explain.chosen(name)
            except ValueError as error:
                raise ValueError(f"study.methods {error}") from None
        if MEASURED in self.study.methods:
            raise ValueError(f"study.methods: {MEASURED} stands for one of explain.candidates; name these instead")
        _require(self.study.sets, ["dev", *self.evaluate.splits, *self.test_sets.use], "study.sets", "the sets judged")
        if self.fusion.relations == "published":
            _require([self.fusion.originals], self.corpora.use, "fusion.originals", "corpora.use")
        return self

    def resolved(self) -> Settings:
        """The same with a number for every learning rate that is `auto`, by where the encoder comes from."""
        sections = {}
        for name, rate in CHECKPOINT_RATES.items():
            section = getattr(self, name)
            if section.learning_rate == "auto":
                suitable = SCRATCH_RATE if self.encoder.source == "scratch" else rate
                sections[name] = section.model_copy(update={"learning_rate": suitable})
        return self.model_copy(update=sections)

    def high_rates(self) -> list[str]:
        """A warning for each training of a checkpoint at a rate that suits a model from scratch."""
        if self.encoder.source == "scratch":
            return []
        trained = [name for name in CHECKPOINT_RATES if name == "finetune" or self.posttrain.enabled]
        rates = {name: getattr(self.resolved(), name).learning_rate for name in trained}
        return [
            f"{name}.learning_rate: {rate:g} is a rate for a model from scratch; with {HIGH_RATE:g} and more a "
            f"checkpoint forgets what it has learnt. Set it to auto ({CHECKPOINT_RATES[name]:g} for a checkpoint)"
            for name, rate in rates.items()
            if rate >= HIGH_RATE
        ]

    def _require_whole_weights(self) -> None:
        """Sharded trainings refuse what moves, averages or rescales whole weights."""
        for key in ("fgm", "pgd", "ema", "multi_dropout") if self.training.accelerate else ():
            if getattr(self.finetune, key).enabled:
                raise ValueError(
                    f"finetune.{key} needs whole weights, which training.accelerate shards; do without one of them"
                )

    def _require_rows_for_all_processes(self) -> None:
        processes = self.jobs.gpus * self.jobs.nodes
        for key, section in (("posttrain", self.posttrain), ("finetune", self.finetune)):
            if section.batch_size < processes:
                raise ValueError(
                    f"{key}.batch_size is less than the {processes} processes of a training (jobs.gpus x jobs.nodes), "
                    "of which each needs a row of every update"
                )


def _as_texts(labels: dict) -> dict[str, Any]:
    """The label map of a reader with texts as labels. Raises Misplaced for what YAML has taken for something else."""
    for label, meaning in labels.items():
        place = ("options", "labels", str(label))
        if type(label) not in (str, int):
            raise Misplaced(
                f"YAML takes a label without quotes for {_taken_for(label)}; write every label in quotes as it stands "
                'in the file, such as {"yes": 1, "no": 0}',
                place[:2],
            )
        if meaning is not None and (type(meaning) is not int or meaning not in (0, 1)):
            raise Misplaced(f"a label means 1 (similar), 0 (not) or null (left out); found {meaning!r}", place)
    return {str(label): meaning for label, meaning in labels.items()}


def _taken_for(value: object) -> str:
    kinds = {bool: "true or false (yes, no, on, off)", float: "a fraction", type(None): "nothing (null)"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def _refuse_name_clashes(files: list[CorpusFile]) -> None:
    """Two entries may share an archive, but rows, checksums and fetched files are told apart by the source's name."""
    sources: dict[str, tuple] = {}
    for file in files:
        source = (file.source, file.sha256, file.hub, file.revision)
        if sources.setdefault(file.file, source) != source:
            raise ValueError(
                f"two sources bear the name {file.file}, by which their rows are told apart; "
                "rename one, or put them into one archive and name its members"
            )
    places = [(file.file, file.member) for file in files]
    if len(set(places)) < len(places):
        raise ValueError("a file, or a member of an archive, is named twice")


def _require(names: list[str], known: list[str] | dict, key: str, where: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{key} names {name!r}, which is not in {where}: {', '.join(known) or 'nothing'}")
