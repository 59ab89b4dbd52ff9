"""Choose the method that explains by default: the one whose rationales the judgements of dev follow best."""

from yiju.evaluation.study.choose_method import choose_method
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        choose_method,
        items=files.examples,
        scores=files.scores,
        models=job.folders(files.models),
        calibration=files.calibration,
        settings=job.settings,
        out=job.output[0],
    )
