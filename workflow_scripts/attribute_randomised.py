"""Attribute the drawn judgements of a set with classifiers of random weights: scores that stay ignore the model."""

from yiju.stage import stage
from yiju.study.attribute import attribute_randomised

with stage(snakemake) as job:
    files = job.input
    job.launch(
        attribute_randomised,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        settings=job.settings,
        out=job.output.table,
        facts=job.output.facts,
        work=str(job.work),
    )
