"""Results that runs share: taken only as they were written, from a folder that nobody else can write to."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from yiju.base.errors import YijuError
from yiju.job import output_cache
from yiju.job.output_cache import CHECKSUMS, VARIABLE, entries, keep, location, require_guarded, take
from yiju.job.stage import Job, stage

KEY = "0a" * 32
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir(mode=0o755)
    return tmp_path / "shared"


@pytest.fixture
def umask_of_the_test():
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def outputs(tmp_path: Path, run: str = "first") -> list[str]:
    """A job's files, as it has computed them."""
    (tmp_path / run).mkdir(exist_ok=True)
    for name, content in (("model.safetensors", b"weights"), ("config.json", b"{}")):
        (tmp_path / run / name).write_bytes(content)
    return [str(tmp_path / run / name) for name in ("model.safetensors", "config.json")]


def elsewhere(tmp_path: Path) -> list[str]:
    """Where another run wants the same files."""
    return [str(tmp_path / "second" / name) for name in ("model.safetensors", "config.json")]


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_one_run_shares_another_takes(folder: Path, tmp_path: Path):
    assert not take(folder, KEY, elsewhere(tmp_path))
    keep(folder, KEY, outputs(tmp_path))
    assert take(folder, KEY, elsewhere(tmp_path))
    assert [Path(file).read_bytes() for file in elsewhere(tmp_path)] == [b"weights", b"{}"]
    assert entries(folder) == [folder / KEY]


def test_a_run_has_copies_that_nothing_in_the_folder_can_change(folder: Path, tmp_path: Path):
    keep(folder, KEY, outputs(tmp_path))
    take(folder, KEY, elsewhere(tmp_path))
    (folder / KEY / "model.safetensors").write_bytes(b"others!")
    for run in (outputs(tmp_path), elsewhere(tmp_path)):
        assert not Path(run[0]).is_symlink()
        assert Path(run[0]).stat().st_nlink == 1
        assert Path(run[0]).read_bytes() == b"weights"


@pytest.mark.parametrize("changed", ["model.safetensors", "config.json", CHECKSUMS])
@pytest.mark.parametrize("how", ["other bytes", "shorter", "gone", "a link"])
def test_a_changed_entry_is_named_not_taken_and_replaced(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, changed: str, how: str
):
    keep(folder, KEY, outputs(tmp_path))
    file = folder / KEY / changed
    before = file.read_bytes()
    if how == "other bytes":
        file.write_bytes(bytes(byte ^ 1 for byte in before))
    elif how == "shorter":
        file.write_bytes(before[:-2])
    else:
        file.rename(tmp_path / "moved")
        if how == "a link":
            file.symlink_to(tmp_path / "moved")
    with caplog.at_level(logging.WARNING):
        assert not take(folder, KEY, elsewhere(tmp_path))
    assert str(folder / KEY) in caplog.text
    assert "computed here instead" in caplog.text
    keep(folder, KEY, outputs(tmp_path))
    assert take(folder, KEY, elsewhere(tmp_path))


def test_an_entry_that_others_may_write_to_is_not_taken(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    keep(folder, KEY, outputs(tmp_path))
    (folder / KEY / "model.safetensors").chmod(0o666)
    with caplog.at_level(logging.WARNING):
        assert not take(folder, KEY, elsewhere(tmp_path))
    assert "others than its author may change" in caplog.text


@pytest.mark.parametrize(("mask", "file", "place"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0, 0o644, 0o755)])
def test_permissions_follow_the_umask_and_only_the_author_writes(
    folder: Path, tmp_path: Path, umask_of_the_test, mask: int, file: int, place: int
):
    made = outputs(tmp_path)
    umask_of_the_test(mask)
    keep(folder, KEY, made)
    assert permissions(folder / KEY) == place
    assert {permissions(path) for path in (folder / KEY).iterdir()} == {file}


def test_a_killed_run_leaves_nothing_that_is_taken(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output_cache.os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        keep(folder, KEY, outputs(tmp_path))
    assert not take(folder, KEY, elsewhere(tmp_path))
    assert len(entries(folder)) == 1  # to be cleaned away


def test_a_full_disk_does_not_fail_the_run_that_shares(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output_cache.shutil, "copyfile", full)
    with caplog.at_level(logging.WARNING):
        keep(folder, KEY, outputs(tmp_path))
    assert "not shared: [Errno 28]" in caplog.text
    assert entries(folder) == []


@pytest.mark.parametrize(
    ("mode", "reason", "remedy"),
    [
        (0o777, "every account may write", "chmod o-w"),
        (0o1777, "every account may write", "chmod o-w"),
        (0o775, "its group may write", "chmod g-w"),
        (0o2775, "its group may write", "chmod g+s,+t"),
    ],
)
def test_a_folder_that_others_may_write_to_is_refused(folder: Path, mode: int, reason: str, remedy: str):
    folder.chmod(mode)
    with pytest.raises(YijuError, match=VARIABLE) as refusal:
        require_guarded(folder)
    assert reason in str(refusal.value)
    assert f"{remedy} {folder.resolve()}" in str(refusal.value)


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o750, 0o3770, 0o1770, 0o3775])
def test_a_folder_of_ones_own_and_one_of_a_team_are_taken(folder: Path, mode: int):
    folder.chmod(mode)
    require_guarded(folder)


def test_a_folder_below_one_that_is_open_to_everybody_is_refused(folder: Path):
    (folder / "below").mkdir(mode=0o700)
    folder.chmod(0o777)
    with pytest.raises(YijuError, match=f"every account may write in {folder.resolve()}"):
        require_guarded(folder / "below")
    folder.chmod(0o1777)
    require_guarded(folder / "below")


@as_root
def test_a_folder_of_another_account_is_refused_unless_it_is_the_teams(folder: Path):
    os.chown(folder, NOBODY, 0)
    with pytest.raises(YijuError, match=f"another account .user id {NOBODY}.*chmod 3770"):
        require_guarded(folder)
    folder.chmod(0o3770)
    require_guarded(folder)


@as_root
def test_in_a_teams_folder_a_member_takes_what_another_shared_and_cannot_change_it(tmp_path: Path, folder: Path):
    os.chown(folder, 0, NOBODY)
    folder.chmod(0o3770)
    keep(folder, KEY, outputs(tmp_path))
    place = tmp_path / "second"
    place.mkdir()
    place.chmod(0o777)
    open_up(tmp_path)
    code = f"""
import os, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
from pathlib import Path
from yiju.job.output_cache import _remove, require_guarded, take
folder = Path({str(folder)!r})
require_guarded(folder)
assert take(folder, {KEY!r}, {elsewhere(tmp_path)!r})
for path in (folder / {KEY!r}).iterdir():
    try:
        path.open("r+b")
    except PermissionError:
        continue
    sys.exit(f"{{path}} can be written to")
assert not _remove(folder / {KEY!r})
"""
    scripts = Path(output_cache.__file__).parents[2]
    # The modules that the other account needs are read before it is one: this folder may be closed to it.
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(scripts)!r})\nimport yiju.job.output_cache\n" + code,
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert take(folder, KEY, elsewhere(tmp_path))


def open_up(folder: Path) -> None:
    """Let others pass through the test's folder, which pytest keeps to itself."""
    for place in (folder, *folder.parents):
        if place.owner() == folder.owner() and "pytest-" in str(place):
            place.chmod(permissions(place) | 0o111)


@pytest.mark.parametrize(("value", "found"), [(None, ""), ("", "")])
def test_without_the_variable_nothing_is_shared(monkeypatch: pytest.MonkeyPatch, value: str | None, found: str):
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    assert location() == found


def test_a_missing_folder_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "/nowhere/at/all")
    with pytest.raises(YijuError, match="/nowhere/at/all is not a folder; create it first"):
        location()


def test_only_entries_are_listed_and_removed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    keep(folder, KEY, outputs(tmp_path))
    (folder / f".{KEY}.unfinished").mkdir()
    others = [folder / "notes.txt", folder / f"{KEY}0", folder / f"x{KEY}"]
    for path in others:
        path.write_text("12")
    # It is cleaned away even where it is not trusted any more.
    folder.chmod(0o777)
    monkeypatch.setenv(VARIABLE, str(folder))
    monkeypatch.setattr("sys.argv", ["output_cache"])
    output_cache.main()
    assert "2 results, 0.0 MB" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["output_cache", "--remove"])
    output_cache.main()
    assert "removed: 2" in capsys.readouterr().out
    assert sorted(folder.iterdir()) == sorted(others)


def test_listing_without_the_variable_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("sys.argv", ["output_cache"])
    with pytest.raises(SystemExit, match="is not set"):
        output_cache.main()


def fake(tmp_path: Path, run: str, shared: Path, **changes: object) -> SimpleNamespace:
    """What Snakemake hands to a script of a run."""
    (tmp_path / run).mkdir(exist_ok=True)
    (tmp_path / run / "texts.parquet").write_bytes(changes.pop("content", b"texts"))
    params = {"settings": {"seed": 1}, "code": "0123"} | changes
    return SimpleNamespace(
        rule="posttrain_encoder",
        input=[str(tmp_path / run / "texts.parquet")],
        output=[str(tmp_path / run / "model.safetensors")],
        params=SimpleNamespace(**params),
        wildcards={"variant": f"/variants/{run}"},
        threads=1,
        resources={"shared": str(shared)},
        log=[str(tmp_path / run / "logs/posttrain_encoder.log")],
    )


def compute(snakemake: SimpleNamespace, result: bytes) -> bool:
    """Run a script that writes a result; whether it ran."""
    ran = False
    try:
        with stage(snakemake) as job:
            ran = True
            Path(job.output[0]).write_bytes(result)
    except SystemExit as left:
        assert left.code == 0
    return ran


def test_a_job_that_another_run_has_done_does_not_run(folder: Path, tmp_path: Path):
    assert compute(fake(tmp_path, "first", folder), b"weights")
    assert not compute(fake(tmp_path, "second", folder), b"other weights")
    assert (tmp_path / "second/model.safetensors").read_bytes() == b"weights"
    assert f"taken from the shared results: {folder}" in (tmp_path / "second/logs/posttrain_encoder.log").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("change", [{"content": b"texts!"}, {"settings": {"seed": 2}}, {"code": "4567"}])
def test_other_inputs_settings_or_code_are_another_result(folder: Path, tmp_path: Path, change: dict):
    assert compute(fake(tmp_path, "first", folder), b"weights")
    assert compute(fake(tmp_path, "second", folder, **change), b"other weights")
    assert (tmp_path / "second/model.safetensors").read_bytes() == b"other weights"


def test_a_job_whose_entry_was_changed_computes_and_shares_it_anew(folder: Path, tmp_path: Path):
    compute(fake(tmp_path, "first", folder), b"weights")
    (entry,) = entries(folder)
    (entry / "model.safetensors").write_bytes(b"poison")
    assert compute(fake(tmp_path, "second", folder), b"weights")
    assert (tmp_path / "second/model.safetensors").read_bytes() == b"weights"
    assert not compute(fake(tmp_path, "third", folder), b"")


def test_a_failed_job_shares_nothing(folder: Path, tmp_path: Path):
    with pytest.raises(SystemExit), stage(fake(tmp_path, "first", folder)) as job:
        Path(job.output[0]).write_bytes(b"half")
        raise YijuError("no")
    assert entries(folder) == []


def test_a_job_of_a_rule_that_shares_nothing_looks_nowhere(tmp_path: Path):
    snakemake = fake(tmp_path, "first", tmp_path)
    snakemake.resources = {"shared": ""}
    assert Job(snakemake).shared is None
    assert compute(snakemake, b"weights")


def test_a_job_refuses_a_folder_that_was_opened_to_others_since_the_run_began(folder: Path, tmp_path: Path):
    folder.chmod(0o777)
    with pytest.raises(SystemExit) as left, stage(fake(tmp_path, "first", folder)):
        pass
    assert left.value.code == 1
