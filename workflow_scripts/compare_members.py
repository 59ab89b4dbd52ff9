"""Compare what the trainings of folds and seeds say of the same pairs."""

from yiju.evaluation.compare_members import compare_members
from yiju.job.stage import stage

with stage(snakemake) as job:
    compare_members(job.input.examples, job.input.scores, job.input.attributions, job.settings, job.output[0])
