"""Collect the labelled pairs of a split of the fine-tuning corpora."""

from yiju.data.sets import prepare_split
from yiju.job.stage import stage

with stage(snakemake) as job:
    prepare_split(job.input[0], job.settings["corpora"], job.settings["split"], job.output[0])
