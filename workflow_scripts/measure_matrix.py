"""Measure an estimate of the matrix of each pair with all members' classifiers."""

from yiju.evaluation.study.measure_matrix import measure_matrix
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        measure_matrix,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        settings=job.settings,
        out=job.output[0],
    )
