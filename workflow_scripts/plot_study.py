"""Draw how faithful each explanation method is on a set."""

from yiju.job.stage import stage
from yiju.report.sections.study_section import plot_study

with stage(snakemake) as job:
    plot_study(job.input[0], job.output[0])
