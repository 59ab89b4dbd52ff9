"""The attributes of Snakemake's workflow object that rules/common.smk reads and Snakemake does not document."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from projects import ROOT

DOCUMENTED = {"cores", "snakefile"}
UNDOCUMENTED = {"configfiles", "is_main_process", "global_resources"}
# A job with `run` is computed in a process of its own, which reads the Snakefile again.
SNAKEFILE = """
import json
import os

configfile: "first.yaml"

seen = {
    "files": [os.path.basename(file) for file in workflow.configfiles],
    "schedules": workflow.is_main_process,
    "limits": [workflow.global_resources.get(name).value for name in ("gpu", "unlimited")],
}
with open("scheduler.json" if seen["schedules"] else "job.json", "w") as file:
    json.dump(seen, file)

rule all:
    output: "done"
    run:
        open(output[0], "w").close()
"""


def test_the_rules_read_no_other_attribute():
    files = (ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk"))
    # Behind a slash it is the name of a file.
    read = {name for file in files for name in re.findall(r"(?<!/)\bworkflow\.([a-z_]+)", file.read_text("utf-8"))}
    assert read == DOCUMENTED | UNDOCUMENTED


def test_they_say_which_files_were_read_who_schedules_and_what_is_admitted(tmp_path: Path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    for name in ("first.yaml", "second.yaml"):
        (tmp_path / name).write_text("key: 1\n", encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--resources", "gpu=3"]
    subprocess.run([*command, "--configfile", "second.yaml"], cwd=tmp_path, check=True, capture_output=True)
    scheduler, job = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("scheduler", "job"))
    assert scheduler == {"files": ["second.yaml", "first.yaml"], "schedules": True, "limits": [3, None]}
    assert job["schedules"] is False
