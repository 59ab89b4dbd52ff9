"""Evaluate the rationales of a set."""

from yiju.evaluation.rationales import evaluate_rationales
from yiju.job.stage import stage

with stage(snakemake) as job:
    evaluate_rationales(job.input.examples, job.input.faithful, job.input.harmonised, job.settings, job.output[0])
