"""Draw what other decision margins would do."""

from yiju.job.stage import stage
from yiju.report.sections.thresholds_section import plot_thresholds

with stage(snakemake) as job:
    plot_thresholds(job.settings["sets"], job.input.judged, job.input.metrics, job.output[0])
