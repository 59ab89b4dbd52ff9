"""Compare teacher, student and the student without a teacher."""

from yiju.evaluation.compare_student import compare_student
from yiju.job.stage import stage

with stage(snakemake) as job:
    files = job.input
    job.launch(
        compare_student,
        items=files.examples,
        scores=files.scores,
        members=job.folders(files.members),
        calibration=files.calibration or None,
        students=job.folders(files.students),
        settings=job.settings,
        out=job.output[0],
    )
