"""Attribute the judgements of a set to segments, with all members' classifiers and one method."""

from yiju.explain.attribute_set import attribute_set
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        attribute_set,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        settings=job.settings,
        out=job.output.table,
        facts=job.output.facts,
        members=list(job.output.members),
        measured=files.measured or None,
        work=str(job.work),
    )
