"""Test what the model does when one thing of a sentence changes."""

from yiju.evaluation.behaviour_run import test_behaviour
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        test_behaviour,
        pairs=files.pairs,
        models=job.folders(files.models),
        calibration=files.calibration,
        overlap=files.overlap,
        settings=job.settings,
        out=job.output.facts,
        table=job.output.table,
        work=str(job.work),
    )
