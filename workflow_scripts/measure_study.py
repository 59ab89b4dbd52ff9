"""Measure how far the members' judgement rests on what one method says that it rests on."""

from yiju.evaluation.study.measure_study import measure_study
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        measure_study,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        attributions=files.attributions,
        left_out=files.left_out,
        removed=files.removed,
        settings=job.settings,
        out=job.output[0],
    )
