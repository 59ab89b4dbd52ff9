"""Choose the method that explains by default: the one whose rationales the judgements of dev follow best."""

from yiju.stage import stage
from yiju.study.choose import choose_method

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
