"""Compare the variants of the run with the run as configured."""

from yiju.evaluation.compare_variants import compare_variants
from yiju.job.stage import stage

with stage(snakemake) as job:
    compare_variants(job.input.examples, job.input.scores, job.input.metrics, job.settings, job.output[0])
