"""Draw the curves of the run's trainings."""

from yiju.report.figures import plot_training
from yiju.stage import stage

with stage(snakemake) as job:
    plot_training(job.input.posttrain, job.input.folds, job.output[0])
