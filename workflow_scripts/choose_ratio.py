"""Choose on dev how large a share of segments a rationale needs."""

from yiju.explain.rationales.ratio import choose_ratio
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        choose_ratio,
        items=files.examples,
        scores=files.scores,
        calibration=files.calibration,
        attributions=files.attributions,
        models=job.folders(files.models),
        settings=job.settings,
        out=job.output[0],
    )
