"""Draw examples of every judged set and tell all that can be told of each."""

from yiju.evaluation.examples.examine_examples import examine_examples
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        examine_examples,
        items=files.examples,
        judged=files.judged,
        pairs=files.pairs,
        models=job.folders(files.models),
        calibration=files.calibration,
        measured=files.measured or None,
        ratios=files.ratios,
        settings=job.settings,
        out=job.output[0],
    )
