"""Attribute the drawn judgements of a set to segments, with one member's classifier and one method, by the clock."""

from pathlib import Path

from yiju.stage import stage
from yiju.study.attribute import attribute_study

with stage(snakemake) as job:
    job.launch(
        attribute_study,
        items=job.input.examples,
        scores=job.input.scores,
        model=Path(job.input.model[0]).parent,
        settings=job.settings,
        out=job.output.table,
        facts=job.output.facts,
        seconds=job.output.seconds,
        work=str(job.work),
    )
