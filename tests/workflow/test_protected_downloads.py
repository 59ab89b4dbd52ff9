"""A protected download in a whole run: its secret reaches the server, and nothing that the run says or leaves."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import SMOKE, Project
from unit.data.fetching.loopback import PROXIES, Loopback, content, status

from yiju.base.files import sha256
from yiju.base.yaml_files import read_mapping
from yiju.config.defaults import CATALOGUE

PASSWORD, TOKEN = "hunter2-password", "hunter2-token"
BASIC = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
RAW = "data/raw/sample/corpora/LCQMC"


@pytest.fixture
def server(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Serves the sample's LCQMC: one file for a password, one for a token."""
    for name in (*PROXIES, "NETRC"):
        monkeypatch.delenv(name, raising=False)
    with Loopback() as server:
        for name in ("train", "dev"):
            data = (project.folder / f"data/sample/LCQMC/{name}.tsv").read_bytes()
            server.answers[f"/{name}.tsv"] = _protected(content(data))
        yield server


def _protected(answer):
    def guarded(handler, times):
        allowed = handler.headers["Authorization"] == BASIC or handler.path.endswith(f"token={TOKEN}")
        (answer if allowed else status(401))(handler, times)

    return guarded


def _configured(project: Project, server: Loopback) -> str:
    """The smoke run with two files of LCQMC from the server."""
    files = read_mapping(CATALOGUE)["corpora"]["catalogue"]["LCQMC"]["files"]
    for file in files:
        name = Path(file["source"]).name
        if f"/{name}" in server.answers:
            file["sha256"] = sha256(project.folder / "data/sample/LCQMC" / name)
            file["source"] = f"{server.url}/{name}" if name == "train.tsv" else f"{server.url}/gone/{name}"
            file["mirrors"] = [] if name == "train.tsv" else [f"{server.url}/{name}?token=${{TOKEN}}"]
    return project.config("protected.yaml", corpora={"terms": "accepted", "catalogue": {"LCQMC": {"files": files}}})


@pytest.mark.slow
def test_secrets_stand_nowhere_after_a_run(
    project: Project, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TOKEN", TOKEN)
    target = "results/smoke/data/corpora/LCQMC.parquet"
    run = project.snakemake("--verbose", "--configfile", SMOKE, _configured(project, server), "--", target)
    assert run.returncode == 0, run.stdout
    for name in ("train.tsv", "dev.tsv"):
        assert sha256(project.folder / RAW / name) == sha256(project.folder / "data/sample/LCQMC" / name)
    written = {file: file.read_bytes() for file in project.folder.rglob("*") if file.is_file()}
    assert any(".snakemake/metadata" in str(file) for file in written)
    for secret in (PASSWORD, TOKEN):
        assert secret not in run.stdout
        assert [file for file, text in written.items() if secret.encode() in text] == []
    assert any("${TOKEN}" in text.decode(errors="replace") for text in written.values())


@pytest.mark.parametrize("address", [f"http://me:{PASSWORD}@host.cn/a.tsv", f"http://host.cn/a.tsv?token={PASSWORD}"])
def test_a_secret_in_the_configuration_is_refused_and_repeated_nowhere(project: Project, address: str):
    files = [{"source": address, "sha256": "0" * 64, "split": "train"}]
    config = project.config("secret.yaml", corpora={"catalogue": {"LCQMC": {"files": files}}})
    run = project.snakemake("--configfile", SMOKE, config)
    assert run.returncode != 0
    assert re.search(r"corpora\.catalogue\.LCQMC\.files\.0\.source \(\S*secret\.yaml line \d+\)", run.stdout)
    assert "the address holds a" in run.stdout
    assert "Traceback" not in run.stdout
    left = [file for file in project.folder.rglob("*") if file.is_file() and file.name != "secret.yaml"]
    assert PASSWORD not in run.stdout
    assert [file for file in left if PASSWORD.encode() in file.read_bytes()] == []
