"""Attribute the judgements of a set to segments, with one fold's classifier and one method."""

from pathlib import Path

from yiju.judge import attribute_set
from yiju.stage import stage

with stage(snakemake) as job:
    job.launch(
        attribute_set,
        items=job.input.examples,
        scores=job.input.scores,
        model=Path(job.input.model[0]).parent,
        settings=job.settings,
        out=job.output.table,
        facts=job.output.facts,
        work=str(job.work),
    )
