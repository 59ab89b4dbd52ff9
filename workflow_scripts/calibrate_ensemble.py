"""Fit temperature and margin of all members together."""

from yiju.job.stage import stage
from yiju.models.calibration.fit import calibrate_ensemble

with stage(snakemake) as job:
    calibrate_ensemble(job.input.dev, job.input.scores, job.input.calibrations, job.settings, job.output[0])
