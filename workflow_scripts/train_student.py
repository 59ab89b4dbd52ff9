"""Train a student on a teacher's scores and on labels, or on labels alone."""

from pathlib import Path

from yiju.job.stage import stage
from yiju.training.distillation import train_student

with stage(snakemake) as job:
    job.train(
        train_student,
        teacher_scores=job.input.teacher_scores,
        dev=job.input.dev,
        model=Path(job.input.start[0]).parent,
        members=job.folders(job.input.members),
        learner=job.wildcards.learner,
        settings=job.settings,
        weights=job.output.weights,
        steps=job.output.steps,
        calibration=job.output.calibration,
    )
