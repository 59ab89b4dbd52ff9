"""Draw how far each variant lies from the run as configured."""

from yiju.job.stage import stage
from yiju.report.sections.variants_section import plot_variants

with stage(snakemake) as job:
    plot_variants(job.input[0], job.output[0])
