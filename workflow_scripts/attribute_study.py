"""Attribute the drawn judgements of a set to segments, with all members' classifiers and one method, by the clock."""

from yiju.evaluation.study.attribute_study import attribute_study
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        attribute_study,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        settings=job.settings,
        out=job.output.table,
        facts=job.output.facts,
        members=list(job.output.members),
        measured=None,
        again=job.output.again,
        edited=job.output.edited,
        turned=job.output.turned,
        seconds=job.output.seconds,
        work=str(job.work),
    )
