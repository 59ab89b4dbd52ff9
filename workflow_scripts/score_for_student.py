"""Let a teacher score the pairs that a student learns."""

from yiju.job.stage import stage
from yiju.models.teacher import score_for_student

with stage(snakemake) as job:
    files = job.input
    job.launch(
        score_for_student,
        augmented=files.augmented,
        pairs=files.pairs,
        held_out=files.held_out,
        models=job.folders(files.members),
        calibration=files.calibration or None,
        settings=job.settings,
        out=job.output.pairs,
        account=job.output.account,
        work=job.work,
    )
