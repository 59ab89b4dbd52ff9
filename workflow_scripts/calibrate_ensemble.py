"""Fit temperature and margin of all members together."""

from yiju.calibration import calibrate_ensemble
from yiju.stage import stage

with stage(snakemake) as job:
    calibrate_ensemble(job.input.dev, job.input.scores, job.input.calibrations, job.settings, job.output[0])
