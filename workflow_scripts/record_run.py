"""Record the configuration of the run and the versions of what computed it."""

from yiju.job.stage import stage
from yiju.report.run_record import record_run

with stage(snakemake) as job:
    asked, settings = job.resources, job.settings
    trackers = asked.trackers.split(",") if asked.trackers else []
    watched = {"max_minutes": float(asked.max_minutes) or None, "save_every": float(asked.save_every)}
    settings |= {
        "device": asked.device,
        "training": settings["training"] | watched | {"trackers": trackers},
        "jobs": {"gpus": asked.training_gpus, "nodes": asked.training_nodes, "batch_tokens": asked.batch_tokens},
    }
    out = job.output
    record_run(settings, job.input.files, out.config, out.versions, out.checksums)
