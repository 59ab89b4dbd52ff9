"""Draw how far the probabilities can be believed, before and after calibration."""

from yiju.job.stage import stage
from yiju.report.sections.reliability_section import plot_reliability

with stage(snakemake) as job:
    plot_reliability(job.input[0], job.output[0])
