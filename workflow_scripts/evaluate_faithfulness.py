"""Measure how far the judgements of a set hang on what the methods in use rank first."""

from pathlib import Path

from yiju.stage import stage
from yiju.study.in_use import evaluate_faithfulness

with stage(snakemake) as job:
    files = job.input
    job.launch(
        evaluate_faithfulness,
        items=files.examples,
        scores=files.scores,
        # A folder holds several files.
        models=list(dict.fromkeys(Path(path).parent for path in files.models)),
        attributions=files.attributions,
        settings=job.settings,
        out=job.output[0],
    )
