"""Judge the pairs that a member's fold holds out."""

from pathlib import Path

from yiju.job.stage import stage
from yiju.models.predict_pairs import predict_held_out

with stage(snakemake) as job:
    job.launch(
        predict_held_out,
        augmented=job.input.augmented,
        model=Path(job.input.model[0]).parent,
        calibration=job.input.calibration,
        member=job.wildcards.member,
        settings=job.settings,
        out=job.output[0],
    )
