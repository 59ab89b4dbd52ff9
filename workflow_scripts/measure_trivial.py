"""Measure rankings that ignore the model, and what each segment's absence does, with one member's classifier."""

from pathlib import Path

from yiju.stage import stage
from yiju.study.measure import measure_trivial

with stage(snakemake) as job:
    job.launch(
        measure_trivial,
        items=job.input.examples,
        scores=job.input.scores,
        model=Path(job.input.model[0]).parent,
        settings=job.settings,
        out=job.output.measured,
        left_out=job.output.left_out,
    )
