"""Evaluate how training pairs are judged by members that have not learnt them."""

from yiju.evaluation.out_of_fold import evaluate_out_of_fold
from yiju.job.stage import stage

with stage(snakemake) as job:
    evaluate_out_of_fold(job.input.augmented, job.input.held_out, job.output.table, job.output.metrics)
