"""Compare what was learnt from parts of the training pairs with what was learnt from all."""

from yiju.evaluation.learning_curve import compare_sizes
from yiju.job.stage import stage

with stage(snakemake) as job:
    compare_sizes(job.input.examples, job.input.scores, job.input.pairs, job.settings, job.output[0])
