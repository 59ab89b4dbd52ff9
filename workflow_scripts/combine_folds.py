"""Combine the members' judgements of every set."""

from yiju.job.stage import stage
from yiju.models.scores import combine_sets

with stage(snakemake) as job:
    combine_sets(job.input.scores, job.input.calibration, job.settings["average_orders"], job.output)
