"""Draw how far each variant lies from the run as configured."""

from yiju.report.variants import plot_variants
from yiju.stage import stage

with stage(snakemake) as job:
    plot_variants(job.input[0], job.output[0])
