"""Draw the pairs of a split that are explained."""

from yiju.evaluation.study.draw_study import draw_study
from yiju.job.stage import stage

with stage(snakemake) as job:
    draw_study(job.input.examples, job.input.scores, job.settings, job.output.table, job.output.scores)
