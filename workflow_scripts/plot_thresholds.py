"""Draw what other decision margins would do."""

from yiju.report.thresholds import plot_thresholds
from yiju.stage import stage

with stage(snakemake) as job:
    plot_thresholds(job.settings["sets"], job.input.judged, job.input.metrics, job.output[0])
