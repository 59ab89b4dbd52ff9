"""Fine-tune the classifier of one member."""

from pathlib import Path

from yiju.job.stage import stage
from yiju.training.finetune import finetune_fold

with stage(snakemake) as job:
    job.train(
        finetune_fold,
        augmented=job.input.augmented,
        selection=job.input.dev,
        model=Path(job.input.start[0]).parent,
        member=job.wildcards.member,
        settings=job.settings,
        weights=job.output.weights,
        steps=job.output.steps,
        calibration=job.output.calibration,
        dynamics=job.output.dynamics,
        checkpoints=job.output.checkpoints or None,
    )
