"""Draw the curves of the run's trainings."""

from yiju.job.stage import stage
from yiju.report.training_figures import plot_training

with stage(snakemake) as job:
    plot_training(job.input.posttrain, job.input.folds, job.output[0])
