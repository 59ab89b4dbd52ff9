"""Draw how far the probabilities can be believed, before and after calibration."""

from yiju.report.reliability import plot_reliability
from yiju.stage import stage

with stage(snakemake) as job:
    plot_reliability(job.input[0], job.output[0])
