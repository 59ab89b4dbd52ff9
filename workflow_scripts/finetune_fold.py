"""Fine-tune the classifier of one fold."""

from pathlib import Path

from yiju.stage import stage
from yiju.training.finetune import finetune_fold

with stage(snakemake) as job:
    job.launch(
        finetune_fold,
        augmented=job.input.augmented,
        selection=job.input.dev,
        model=Path(job.input.start[0]).parent,
        fold=int(job.wildcards.fold),
        settings=job.settings,
        weights=job.output.weights,
        steps=job.output.steps,
        work=job.work,
    )
