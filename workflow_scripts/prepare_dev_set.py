"""Collect the dev pairs of the fine-tuning corpora."""

from yiju.rationale.sets import prepare_dev_set
from yiju.stage import stage

with stage(snakemake) as job:
    prepare_dev_set(job.input[0], job.settings["corpora"], job.output[0])
