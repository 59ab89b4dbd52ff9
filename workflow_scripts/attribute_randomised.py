"""Attribute the drawn judgements of a set with a classifier of random weights: scores that stay ignore the model."""

from pathlib import Path

from yiju.stage import stage
from yiju.study.attribute import attribute_randomised

with stage(snakemake) as job:
    job.launch(
        attribute_randomised,
        items=job.input.examples,
        scores=job.input.scores,
        model=Path(job.input.model[0]).parent,
        settings=job.settings,
        out=job.output.table,
        facts=job.output.facts,
        work=str(job.work),
    )
