"""Combine the folds' judgements of a set."""

from yiju.scores import combine_folds
from yiju.stage import stage

with stage(snakemake) as job:
    combine_folds(job.input, job.settings["decision_threshold"], job.output[0])
