"""Judge a set with one member's classifier."""

from pathlib import Path

from yiju.judgements import predict_set
from yiju.stage import stage

with stage(snakemake) as job:
    job.launch(
        predict_set,
        items=job.input.examples,
        model=Path(job.input.model[0]).parent,
        calibration=job.input.calibration,
        settings=job.settings,
        out=job.output[0],
    )
