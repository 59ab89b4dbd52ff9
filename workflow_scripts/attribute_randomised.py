"""Attribute the drawn judgements of a set while weights are drawn anew: scores that stay ignore the model."""

from yiju.evaluation.study.randomise import attribute_randomised
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        attribute_randomised,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        settings=job.settings,
        out=job.output[0],
        work=str(job.work),
    )
