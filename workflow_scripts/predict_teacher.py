"""Judge all sets with a teacher that is no part of the run."""

from yiju.job.stage import stage
from yiju.models.teacher import predict_teacher

with stage(snakemake) as job:
    job.launch(predict_teacher, items=job.input.examples, settings=job.settings, out=job.output)
