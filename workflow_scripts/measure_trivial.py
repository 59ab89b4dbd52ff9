"""Measure rankings that ignore the model, and what each segment's absence does, with all members' classifiers."""

from yiju.evaluation.study.measure_study import measure_trivial
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        measure_trivial,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        settings=job.settings,
        out=job.output.measured,
        left_out=job.output.left_out,
        removed=job.output.removed,
    )
