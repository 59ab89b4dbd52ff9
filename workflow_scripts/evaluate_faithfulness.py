"""Measure how far the judgements of a set hang on what the methods in use rank first."""

from yiju.evaluation.study.in_use import evaluate_faithfulness
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        evaluate_faithfulness,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        attributions=files.attributions,
        settings=job.settings,
        out=job.output[0],
    )
