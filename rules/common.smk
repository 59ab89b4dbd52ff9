# The validated configuration, the paths, and which part of the configuration each job depends on.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(Path(workflow.basedir) / "workflow_scripts"))

from yiju.attribution import METHODS
from yiju.corpora import complete_options, module_name
from yiju.encoder import FOLDER_FILES
from yiju.errors import YijuError
from yiju.provenance import code_version
from yiju.settings import load
from yiju.settings.sources import check_sources, checkpoint_files

try:
    # Snakemake lists config.yaml last, though every file of the command line overrides it.
    SETTINGS = load(config, [workflow.configfiles[-1], *workflow.configfiles[:-1]])
    check_sources(SETTINGS)
except YijuError as error:
    raise WorkflowError(str(error)) from None

# Threads that wait for each other must not spin while another process wants the core: a step would stall 3 to 20 times
# as long. OpenMP reads this when torch loads it; jobs inherit it from here.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

FOLDS = range(SETTINGS.finetune.folds)
EXPLAINED = SETTINGS.test_sets.use
# Threads of a training: Snakemake lowers them to what --cores allows.
MANY = 16


pathvars:
    raw=SETTINGS.corpora.raw,
    run=f"results/{SETTINGS.run}",
    data=f"results/{SETTINGS.run}/data",
    logs=f"results/{SETTINGS.run}/logs",


wildcard_constraints:
    corpus=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    file=r"[^/]+",
    set=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    fold=r"\d+",
    method="|".join(METHODS),


def section(name, *keys):
    """Keys of a section of the configuration (all without `keys`) as the plain dict that Snakemake compares whole."""
    values = getattr(SETTINGS, name).model_dump()
    return {key: values[key] for key in keys} if keys else values


def training(name, *unread):
    """What a training reads: its section but the keys of other jobs, and the keys that all trainings share."""
    own = {key: value for key, value in section(name).items() if key not in unread}
    return own | {"seed": SETTINGS.seed, "max_length": SETTINGS.encoder.max_length} | section("training")


def starting():
    """What the first model folder depends on; the vocabulary comes as a file."""
    own = {
        "head": "masked_lm" if SETTINGS.posttrain.enabled else "classifier",
        "marks_matches": SETTINGS.encoder.marks_matches,
        "seed": SETTINGS.seed,
    }
    if SETTINGS.encoder.source == "scratch":
        shape = section("encoder", "scratch")["scratch"]
        own["scratch"] = {key: value for key, value in shape.items() if not key.startswith("vocabulary")}
    return section("encoder", "source", "name", "revision", "max_length") | own


def resampling():
    return {"seed": SETTINGS.seed, **section("evaluate", "bootstrap")}


def folder(path):
    """The named files of a model folder."""
    return [f"{path}/{name}" for name in FOLDER_FILES]


def corpus_files(corpus):
    """Fetched files of a corpus, in the order of the configuration; an archive once."""
    files = dict.fromkeys(file.file for file in SETTINGS.corpora.catalogue[corpus].files)
    return [f"<raw>/corpora/{corpus}/{file}" for file in files]


def source_of(wildcards):
    """The configured source of a fetched corpus file."""
    files = SETTINGS.corpora.catalogue[wildcards.corpus].files
    return next(file for file in files if file.file == wildcards.file)


def set_source_of(wildcards):
    """The configured source of a fetched file of a test set."""
    chosen = SETTINGS.test_sets.catalogue[wildcards.set]
    return next(source for source in (chosen.items, chosen.gold) if source and source.file == wildcards.file)


def fetching(source):
    """What defines the content of a fetched file; mirrors and the folder of downloads come by way of resources."""
    pinned = source.model_dump(include={"sha256", "hub", "revision"})
    return {"source": source.located(SETTINGS.corpora.folder), **pinned}


def local_file(source):
    """A local source is an input, so that a change of it is seen; a remote one is not."""
    return [] if source.is_remote else [source.located(SETTINGS.corpora.folder)]


def merging():
    """What merging reads: how near is near only where near leaks are dropped."""
    filters = section("corpora", "use", "filters")
    return filters | (section("corpora", "near_similarity") if SETTINGS.corpora.filters.near_leaks else {})


def augmenting():
    """What the augmentation reads: limits of a method that is not chosen make no other pairs."""
    own = section("augment")
    drawn = {"closure": own["closure"], "seed": SETTINGS.seed} if own["method"] == "closure" else {}
    filters = SETTINGS.corpora.filters
    near = section("corpora", "near_similarity") if filters.near_leaks else {}
    return {"method": own["method"], "leaks": filters.leaks, "near_leaks": filters.near_leaks} | drawn | near


def reading(corpus):
    """What reading a corpus depends on."""
    chosen = SETTINGS.corpora.catalogue[corpus]
    return {
        "reader": chosen.reader,
        "options": complete_options(chosen.reader, chosen.options),
        "files": [{"file": file.file, "split": file.split, "member": file.member} for file in chosen.files],
        **section("corpora", "max_rejected", "nli_labels", "sts_scores"),
    }


def set_sources(wildcards):
    """Items and, where there are any, gold of a test set, as fetched."""
    chosen = SETTINGS.test_sets.catalogue[wildcards.set]
    files = {"examples": f"<raw>/test_sets/{wildcards.set}/{chosen.items.file}"}
    return files | ({"gold": f"<raw>/test_sets/{wildcards.set}/{chosen.gold.file}"} if chosen.gold else {})


def items_of(wildcards):
    """The table of a set that is judged."""
    return "<data>/dev.parquet" if wildcards.set == "dev" else f"<data>/sets/{wildcards.set}.parquet"
