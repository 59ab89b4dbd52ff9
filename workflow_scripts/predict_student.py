"""Judge all sets with a student."""

from pathlib import Path

from yiju.job.stage import stage
from yiju.models.predict_pairs import predict_sets

with stage(snakemake) as job:
    job.launch(
        predict_sets,
        items=job.input.examples,
        model=Path(job.input.model[0]).parent,
        calibration=job.input.calibration,
        settings=job.settings,
        out=job.output,
    )
