"""Draw the pairs of a set that explanation methods are compared on."""

from yiju.stage import stage
from yiju.study.draw import draw_study

with stage(snakemake) as job:
    draw_study(job.input.examples, job.input.scores, job.settings, job.output.table, job.output.scores)
