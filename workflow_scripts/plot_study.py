"""Draw how faithful each explanation method is on a set."""

from yiju.report.study import plot_study
from yiju.stage import stage

with stage(snakemake) as job:
    plot_study(job.input[0], job.output[0])
