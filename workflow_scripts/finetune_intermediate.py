"""Fine-tune a classifier on other corpora first, from which every member then starts."""

from pathlib import Path

from yiju.job.stage import stage
from yiju.training.finetune import finetune_fold

with stage(snakemake) as job:
    job.train(
        finetune_fold,
        augmented=job.input.pairs,
        selection=job.input.dev,
        model=Path(job.input.start[0]).parent,
        member="0",
        # Members go on from the classifier as it was trained: a fitted temperature would make their start another.
        settings=job.settings | {"calibrate": False, "average_orders": False},
        weights=job.output.weights,
        steps=job.output.steps,
        calibration=job.output.calibration,
    )
