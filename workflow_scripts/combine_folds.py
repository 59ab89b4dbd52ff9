"""Combine the members' judgements of a set."""

from yiju.scores import combine_folds
from yiju.stage import stage

with stage(snakemake) as job:
    combine_folds(job.input.scores, job.input.calibration, job.settings["average_orders"], job.output[0])
