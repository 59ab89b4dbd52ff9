"""Combine the members' judgements of a set."""

from yiju.job.stage import stage
from yiju.models.scores import combine_folds

with stage(snakemake) as job:
    combine_folds(job.input.scores, job.input.calibration, job.settings["average_orders"], job.output[0])
