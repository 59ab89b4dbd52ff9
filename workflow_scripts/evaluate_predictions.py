"""Evaluate the judgements of a set."""

from yiju.evaluation.predictions import evaluate_predictions
from yiju.job.stage import stage

with stage(snakemake) as job:
    evaluate_predictions(
        job.input.examples,
        job.input.scores,
        job.input.overlap,
        job.input.calibration,
        job.settings,
        job.output.metrics,
        job.output.judged,
    )
