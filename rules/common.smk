# The validated configuration, the paths, and which part of the configuration each job depends on.
import os
import re
import sys
from pathlib import Path

from snakemake.logging import logger

# Of this workflow, which may be a module of another one.
ROOT = Path(workflow.snakefile).parent.parent
SCRIPTS = str(ROOT / "workflow_scripts")
sys.path.insert(0, SCRIPTS)
# Jobs run the code beside this Snakefile, even where the environment has yiju installed from another place: Snakemake
# puts the scripts' folder last.
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [SCRIPTS, os.environ.get("PYTHONPATH")])))

from yiju.config.readers import module_name
from yiju.models.folder_files import EVIDENCE, FOLDER_FILES, INDEX_FILES
from yiju.base.errors import YijuError
from yiju.base.printable import shown
from yiju.job.devices import share_of_cores, usable_gpus
from yiju.job.output_cache import location
from yiju.job.code_version import code_version
from yiju.config import rules as config_of
from yiju.config.default_experiment import is_default
from yiju.config.load import load
from yiju.config.places import with_sample
from yiju.base.types import MEASURED
from yiju.data.fetching.remote_files import check_terms
from yiju.models.sources import check_sources, checkpoint_files, lost_classifier, synthetic
from yiju.models.teacher_folders import teacher_files
from yiju.config.stages import home
from yiju.config.distill_keys import OWN
from yiju.config.student import STUDENT, student_of
from yiju.config.variants import branches
from yiju.report.closing import closing

# Snakemake documents no other way to learn which configuration files were read, whether this process schedules the jobs
# or runs one of them, and how many GPUs `--resources` admits. tests/workflow/test_workflow_attributes.py holds that these
# three attributes are there and mean this.
CONFIG_FILES = workflow.configfiles
SCHEDULES = workflow.is_main_process
ALLOWED = workflow.global_resources.get("gpu").value

CONFIG = os.path.relpath(ROOT / "config.yaml")
# Snakemake lists config.yaml last, though every file of the command line overrides it. The files of a workflow that
# takes this one as a module hold other keys.
FILES = [CONFIG, *(file for file in CONFIG_FILES if file != CONFIG)] if CONFIG in CONFIG_FILES else []

try:
    SETTINGS = load(with_sample(config, ROOT), FILES)
    # What each variant is, by its folder below the run's; the base, whose folder is the run's, comes first.
    BRANCHES = {folder: settings.resolved() for folder, settings in branches(SETTINGS).items()}
    SETTINGS = SETTINGS.resolved()
    # And the student of distillation, whose encoder is made as theirs are.
    STARTS = BRANCHES | ({STUDENT: student_of(SETTINGS)} if SETTINGS.distill.learners else {})
    # Whether trainings keep earlier states: those of all branches then have a folder for them.
    KEEPS_STATES = any(settings.finetune.checkpoints for settings in BRANCHES.values())
    for settings in STARTS.values():
        check_sources(settings)
    WARNINGS = [line for settings in BRANCHES.values() for line in settings.high_rates()]
    WARNINGS += filter(None, (lost_classifier(settings) for settings in STARTS.values()))
    if SCHEDULES:
        check_terms(SETTINGS)
    # The folder of results that runs share, which the environment names; an empty text for none.
    SHARED = location()
except YijuError as error:
    raise WorkflowError(shown(str(error))) from None

if SCHEDULES:
    for line in dict.fromkeys(WARNINGS):
        logger.warning(line)

# Threads that wait for each other must not spin while another process wants the core: a step would stall 3 to 20 times
# as long. OpenMP reads this when torch loads it; jobs inherit it from here.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# GPUs of a training, on all its machines together: so schedulers count them (`gpu`). `gpus` are those of one machine:
# so SLURM's executor starts the one process that starts the others. Where there are several machines SLURM would give
# three GPUs of one and one of the other for two of each: `gres` counts by machine. None: no such resource.
RESERVED = SETTINGS.jobs.gpus * SETTINGS.jobs.nodes
EVENLY = f"gpu:{SETTINGS.jobs.gpus}" if SETTINGS.jobs.gpus and SETTINGS.jobs.nodes > 1 else None
# One machine gives what it has; several in a number that does not divide among them would be refused by SLURM.
if SCHEDULES and EVENLY and ALLOWED is not None and ALLOWED < RESERVED:
    raise WorkflowError(
        f"jobs.nodes: a training on {SETTINGS.jobs.nodes} machines with {SETTINGS.jobs.gpus} GPUs each holds "
        f"{RESERVED}, but {ALLOWED} may be held at a time: add --resources gpu={RESERVED}"
    )
MEMBERS = SETTINGS.members
# Trainings on part of the pairs, by their folders below the run's; they start from what the base starts from.
SIZES = dict.fromkeys(SETTINGS.learning_curve.folders, SETTINGS)
TRAINED = STARTS | SIZES
TEST_SETS = SETTINGS.test_sets.use
EXPLAINED = SETTINGS.explained_sets
# Corpora and test sets whose rows were written by a generator.
SYNTHETIC = synthetic(SETTINGS)
JUDGED_SETS = SETTINGS.judged_sets


def run_cores():
    """Cores of all jobs together; None where a cluster hands them out, and in a process that runs a single job."""
    try:
        return workflow.cores if SCHEDULES else None
    except WorkflowError:
        return None


# GPUs are counted where the jobs run.
CORES = run_cores()
GPUS = usable_gpus(SETTINGS.device) if CORES else 0
if SCHEDULES:
    # For the logger plugin: where the run's results lie, and whether the times of its jobs are known beforehand.
    known = not GPUS and is_default(SETTINGS, ROOT)
    logger.info(None, extra={"event": "yiju_run_folder", "folder": f"results/{SETTINGS.run}", "default": known})
# The students, whether all members of this run teach them, and where each judge's scores lie, the teacher's first.
LEARNERS = SETTINGS.distill.learners
OWN_TEACHER = SETTINGS.distill.teacher == OWN
TEACHER_FILES = teacher_files(SETTINGS.distill)
JUDGES = ["<run>/sets" if OWN_TEACHER else "<run>/distill/teacher", *(f"<run>/distill/{name}" for name in LEARNERS)]
TRAININGS = len(MEMBERS) * len(BRANCHES) + len(SETTINGS.curve_members) * len(SIZES)
# Threads of a training that others wait for, of a member's training, of a member's other jobs, and of a job that asks
# all members: where all models are tiny, which a second core hardly makes faster, so many jobs run side by side.
TINY = all(settings.encoder.is_tiny for settings in STARTS.values()) and SETTINGS.distill.teacher in (None, OWN)
SIDE_BY_SIDE = CORES if CORES and TINY else 1
FIRST_TRAINING = share_of_cores(1, SETTINGS.jobs.gpus, CORES, GPUS, ALLOWED)
MEMBER_TRAINING = share_of_cores(TRAININGS, SETTINGS.jobs.gpus, CORES, GPUS, ALLOWED)
ONE_MEMBER = share_of_cores(max(TRAININGS, SIDE_BY_SIDE), min(1, SETTINGS.jobs.gpus), CORES, GPUS, ALLOWED)
ALL_MEMBERS = share_of_cores(SIDE_BY_SIDE, min(1, SETTINGS.jobs.gpus), CORES, GPUS, ALLOWED)
# How a training is watched, how often it saves and how long it may take, as resources: a change of these reruns nothing. Snakemake would
# cut a fraction of a minute off a number.
MAX_MINUTES = str(SETTINGS.training.max_minutes or 0)
SAVE_EVERY = str(SETTINGS.training.save_every)
TRACKERS = ",".join(SETTINGS.training.trackers)


pathvars:
    raw=SETTINGS.corpora.raw,
    run=f"results/{SETTINGS.run}",
    # The run's folder, or that of a variant, a student or a size below it. Snakemake looks for constraints before it
    # fills pathvars in.
    branch=f"results/{SETTINGS.run}{{variant,({'|'.join(map(re.escape, TRAINED))})}}",
    data=f"results/{SETTINGS.run}/data",
    logs=f"results/{SETTINGS.run}/logs",


wildcard_constraints:
    corpus=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    file=r"[^/]+",
    set=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    member=r"\d+(\.\d+)?",
    split="dev|test",
    share=r"[0-9][0-9.e-]*",
    learner="student|control",
    estimator="[a-z]+",
    method="|".join(map(re.escape, dict.fromkeys([*SETTINGS.explain.methods, *SETTINGS.study.methods]))),


def of(wildcards):
    """The settings of the branch that a job belongs to."""
    return TRAINED[wildcards.variant]


def home_of(stage, branch):
    """Folder of the branch that computes a stage for another one: of a size only what comes with its training."""
    if branch in SIZES:
        return branch if stage == "finetune" else ""
    return home(stage, branch, STARTS)


def computed(stage, path):
    """Input function: a file, or a list of files, of the branch that computes a stage for the one at hand."""

    def found(wildcards):
        place = f"<run>{home_of(stage, wildcards.variant)}"
        known = dict(wildcards.items())
        paths = [f"{place}/{one.format(**known)}" for one in ([path] if isinstance(path, str) else path)]
        return paths[0] if isinstance(path, str) else paths

    return found


def of_members(path):
    """A file of every member's folder."""
    return [f"folds/{member}/{path}" for member in MEMBERS]


def of_each_member(path):
    """A file of each member where there are several; of one member what all of them say is its own."""
    return expand(path, member=MEMBERS) if len(MEMBERS) > 1 else []


def checked_early(wildcards):
    """Techniques of all branches that start from this one's encoder, as a resource: a change of them reruns nothing."""
    mine = config_of.start_encoder(of(wildcards))
    found = [settings.finetune for settings in STARTS.values() if config_of.start_encoder(settings) == mine]
    return ",".join(sorted({key for finetune in found for key in finetune.bound_to_encoders}))


def techniques_of(wildcards):
    """The files of the techniques that a branch's trainings switch on."""
    return technique_files(of(wildcards))


def technique_files(settings):
    return [f"yiju.training.techniques.{name}" for name in settings.finetune.techniques]


def learnt_pairs(wildcards):
    """The table of training pairs of a branch; of a size that part of the base's."""
    if wildcards.variant in SIZES:
        return f"<run>{wildcards.variant}/pairs.parquet"
    return computed("augment", "data/augmented.parquet")(wildcards)


def post_trained(wildcards):
    """The model folder that the first classifier is trained from."""
    stage, name = ("posttrain", "posttrained") if of(wildcards).posttrain.enabled else ("start", "start")
    return computed(stage, folder(name))(wildcards)


def before_fine_tuning(wildcards):
    """The model folder that all members start from."""
    first = of(wildcards).finetune.intermediate.corpora
    return computed("intermediate", folder("intermediate"))(wildcards) if first else post_trained(wildcards)


def start_of_student(_):
    """The model folder that a student is trained from."""
    stage, name = ("posttrain", "posttrained") if SETTINGS.posttrain.enabled else ("start", "start")
    return folder(f"<run>{home(stage, STUDENT, STARTS)}/{name}")


def weights_of_members(wanted):
    """The model folders of all members, where they are wanted."""
    return [f"<run>/{file}" for model in of_members("model") for file in folder(model)] if wanted else []


def fine_tunings():
    """Steps of the base's trainings on pairs, in order."""
    first = ["<run>/intermediate/steps.jsonl"] if SETTINGS.finetune.intermediate.corpora else []
    return first + expand("<run>/folds/{member}/steps.jsonl", member=MEMBERS)


def modules_of(method):
    """The files of the attribution methods that a name may stand for."""
    names = SETTINGS.explain.candidates if method == MEASURED else [method]
    return [f"yiju.explain.methods.{SETTINGS.explain.chosen(name)['method']}" for name in names]


def measured_of(wildcards):
    """What names the method that explains best, where that one explains."""
    return f"<run>{wildcards.variant}/explanation.json" if wildcards.method == MEASURED else []


def folder(path):
    """The named files of a model folder."""
    return [f"{path}/{name}" for name in FOLDER_FILES]


def indexed(path):
    """The named files of the index of a model folder."""
    return [f"{path}/{EVIDENCE}/{name}" for name in INDEX_FILES]


def kept_states():
    """The folders of all trainings that keep earlier states of their models.

    They are asked for: of a job whose new output nobody asks for, Snakemake sees no other change either.
    """
    homes = dict.fromkeys(home("finetune", branch, STARTS) for branch in BRANCHES) if KEEPS_STATES else {}
    return [f"<run>{branch}/folds/{member}/checkpoints" for branch in homes for member in MEMBERS]


def source_file(kind, name, source):
    """Where a source is read: a local one where it lies, a remote one where it is fetched to."""
    if source.is_remote:
        return f"<raw>/{kind}/{name}/{source.file}"
    return local(source.located(SETTINGS.corpora.folder))


def corpus_files(corpus):
    """Files of a corpus, in the order of the configuration; an archive once."""
    files = {file.file: file for file in SETTINGS.corpora.catalogue[corpus].files}
    return [source_file("corpora", corpus, file) for file in files.values()]


def source_of(wildcards):
    """The configured source of a fetched corpus file."""
    return SETTINGS.corpora.catalogue[wildcards.corpus].source(wildcards.file)


def set_source_of(wildcards):
    """The configured source of a fetched file of a test set."""
    return SETTINGS.test_sets.catalogue[wildcards.set].source(wildcards.file)


def set_file(part):
    """Input function: the items or the gold of a test set, which may lack gold."""

    def found(wildcards):
        source = getattr(SETTINGS.test_sets.catalogue[wildcards.set], part)
        return source_file("test_sets", wildcards.set, source) if source else []

    return found


def sharing(corpus):
    """The folder through which runs share the table of a corpus; none for one whose publisher has terms."""
    return "" if SETTINGS.corpora.catalogue[corpus].terms else SHARED


def items_of(wildcards):
    """The table of a set that is judged."""
    return table_of(wildcards.set)


def explained_items(wildcards):
    """The table of the pairs of a set that are explained; of dev where a rule is of no other set."""
    return shown_table(wildcards.get("set", "dev"), wildcards.get("variant", ""))


def explained_scores(wildcards):
    """Their scores."""
    name = wildcards.get("set", "dev")
    drawn = "explained/" if name in SETTINGS.explain.splits else ""
    return f"<run>{wildcards.get('variant', '')}/sets/{name}/{drawn}scores.parquet"


def shown_table(name, variant=""):
    """The table of a set; of a split that is explained those pairs that are drawn for it."""
    return f"<run>{variant}/sets/{name}/explained/items.parquet" if name in SETTINGS.explain.splits else table_of(name)


def table_of(name):
    return f"<data>/{name}.parquet" if name in ("dev", "test") else f"<data>/sets/{name}.parquet"
