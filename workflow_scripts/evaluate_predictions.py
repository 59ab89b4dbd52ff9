"""Evaluate the judgements of every set."""

from yiju.evaluation.predictions import evaluate_predictions
from yiju.job.stage import stage

with stage(snakemake) as job:
    files, out = job.input, job.output
    for items, scores, metrics, judged in zip(files.examples, files.scores, out.metrics, out.judged, strict=True):
        evaluate_predictions(items, scores, files.overlap, files.calibration, job.settings, metrics, judged)
