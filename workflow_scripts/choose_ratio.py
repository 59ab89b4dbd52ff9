"""Choose on dev how large a share of segments a rationale needs."""

from pathlib import Path

from yiju.rationale.ratio import choose_ratio
from yiju.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        choose_ratio,
        items=files.examples,
        scores=files.scores,
        calibration=files.calibration,
        attributions=files.attributions,
        # A folder holds several files.
        models=list(dict.fromkeys(Path(path).parent for path in files.models)),
        settings=job.settings,
        out=job.output[0],
    )
