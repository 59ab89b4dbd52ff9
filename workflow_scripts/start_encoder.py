"""Build or fetch the encoder that the run starts from."""

from yiju.encoder.start import start_encoder
from yiju.stage import stage

with stage(snakemake) as job:
    techniques = job.resources.get("techniques", "")
    start_encoder(job.settings, job.input.get("vocabulary"), job.output, techniques.split(",") if techniques else [])
