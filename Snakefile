# yiju: raw corpora in, explained and evaluated model out. See README.md.
import os
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

try:
    # Older ones do not know pathvars (before 9.12), or hold the limits of resources as other objects (before 9.16.3).
    min_version("9.16.3")
except WorkflowError as error:
    raise WorkflowError(f"{error} Install the version that yiju is run with: pip install -r requirements/workflow.txt")


# Beside this file, wherever the workflow runs. A workflow that takes this one as a module gives its own.
configfile: os.path.relpath(Path(workflow.snakefile).with_name("config.yaml"))


include: "rules/common.smk"
include: "rules/corpora.smk"
include: "rules/pairs.smk"
include: "rules/augment.smk"
include: "rules/posttrain.smk"
include: "rules/finetune.smk"
include: "rules/distill.smk"
include: "rules/learning_curve.smk"
include: "rules/explain.smk"
include: "rules/study.smk"
include: "rules/audit.smk"
include: "rules/evaluate.smk"
include: "rules/card.smk"
include: "rules/report.smk"


onsuccess:
    print("\n".join(closing(Path(f"results/{SETTINGS.run}"))))


rule all:
    default_target: True
    input:
        "<run>/report/index.html",
        expand("<run>/folds/{member}/model/{file}", member=MEMBERS, file=["README.md", "yiju.json"]),
        expand("<run>/distill/{learner}/model/{file}", learner=LEARNERS, file=["README.md", "yiju.json"]),
        [file for member in MEMBERS if SETTINGS.explain.evidence for file in indexed(f"<run>/folds/{member}/model")],
        kept_states(),
        expand("<run>/sets/{set}/{method}/sim_rationale_f1_f2_f3.zip", set=TEST_SETS, method=SETTINGS.explain.methods),
