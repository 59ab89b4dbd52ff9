"""Measure how far one member's classifier rests on what one method says that it rests on."""

from pathlib import Path

from yiju.stage import stage
from yiju.study.measure import measure_study

with stage(snakemake) as job:
    job.launch(
        measure_study,
        items=job.input.examples,
        scores=job.input.scores,
        model=Path(job.input.model[0]).parent,
        attributions=job.input.attributions,
        left_out=job.input.left_out,
        settings=job.settings,
        out=job.output[0],
    )
