"""`presets/public.yaml` goes from nothing to a trained model by downloads alone, with one command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import Project
from unit.data.fetching.loopback import PROXIES, Loopback
from unit.data.fetching.published import PUBLISHED, archive, contents, serve

SMALL = {
    "encoder": {"scratch": {"layers": 1, "width": 32, "heads": 2, "feed_forward": 64}},
    "posttrain": {"epochs": 0.05, "evaluate_every": 20},
    "finetune": {"epochs": 0.05, "evaluate_every": 20},
    "explain": {"candidates": ["occlusion"], "pairs": 10},
    "evaluate": {"bootstrap": 100},
}
# The sample's LCQMC has more rows than a run of seconds needs.
ROWS = 400


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    with Loopback() as server:
        yield server


@pytest.mark.slow
def test_downloads_alone_become_a_model_and_a_report(project: Project, server: Loopback):
    served = {}
    for corpus in PUBLISHED:
        members = {path: b"".join(data.splitlines(True)[:ROWS]) for path, data in contents(corpus).items()}
        served[corpus] = serve(server, corpus, archive(corpus, members), members)
    small = project.config("small.yaml", corpora={"catalogue": served}, **SMALL)
    configured = ("--configfile", "presets/public.yaml", small)

    refused = project.snakemake(*configured)
    assert refused.returncode == 1
    assert "their terms have not been accepted" in refused.stdout
    assert server.asked == []

    done = project.snakemake(*configured, "--config", 'corpora={"terms": "accepted"}')
    assert done.returncode == 0, done.stdout
    run = project.folder / "results/public"
    assert (run / "folds/0/model/model.safetensors").is_file()
    report = (run / "report/index.html").read_text(encoding="utf-8")
    assert "LCQMC" in report
    # Each archive once, though three splits are read from it.
    assert sorted(path for path, _ in server.asked) == sorted(server.answers)
    lock = (project.folder / "data/corpora.lock").read_text(encoding="utf-8").splitlines()
    assert len(lock) == 1 + len(PUBLISHED) * 4
    logs = [log.read_text(encoding="utf-8") for log in Path(run / "logs").rglob("fetch_corpus.LCQMC.*")]
    assert any("terms: research only" in log for log in logs)
