"""Text of others never steers the terminal."""

import json

import pytest
from command_line import COLOUR, run, run_folder
from toys import SENTENCES

from yiju.base.console import Shown

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = SENTENCES[:2]


# Clears the screen, a C1 control sequence, turns the text round, and hides in it.
STEERING = "\x1b[2J\x9b31m\u202e\u200b\x07"


def steers(said):
    """What in the terminal would steer it, but for colours."""
    return sorted(set(COLOUR.sub("", said)) & set("\x1b\x9b\u202e\u200b\x07"))


def told(capsys, caplog):
    said = capsys.readouterr()
    logged = "\n".join(Shown("%(message)s").format(record) for record in caplog.records)
    caplog.clear()
    return said.out, said.err + logged


@pytest.mark.parametrize("switch", [(), ("--json",), ("--html",), ("--matrix", "gradients")])
def test_sentences_do_not_steer_the_terminal(marked_model, capsys, caplog, switch):
    q = f" {STEERING} 花{STEERING}呗 {STEERING}\n开"
    run("explain", q, f"{STEERING}{T}", "--model", marked_model, *switch)
    out, err = told(capsys, caplog)
    assert not steers(out + err)
    if switch == ("--json",):
        assert json.loads(out)["q"] == q
    run(
        "compare",
        q,
        f"{STEERING}{T}",
        "--model",
        marked_model,
        "--method",
        "occlusion",
        *switch[:1] * ("--json" in switch),
    )
    out, err = told(capsys, caplog)
    assert out
    assert not steers(out + err)


def test_files_do_not_steer_the_terminal(marked_model, tmp_path, capsys, caplog):
    path = tmp_path / f"a{STEERING}.jsonl"
    rows = [{"q": f"花{STEERING}呗", "t": T}, {"q": "\u202e\x07", "t": T}, {STEERING: 1}]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    run("predict", path, "--model", marked_model, "--max-bad", "1")
    out, err = told(capsys, caplog)
    first, *rest = out.splitlines()
    assert json.loads(first)["q"] == f"花{STEERING}呗"
    assert [json.loads(row)["yiju_label"] for row in rest] == [None, None]
    assert "line 2: " in err
    assert not steers(out + err)
    for arguments, status in (
        (("predict", f"{path}.no"), 1),
        (("predict", path, "-o", f"{STEERING}.doc"), 1),
        (("explain", Q, T, "--method", STEERING), 1),
        (("explain", Q, T, "--set", STEERING), 1),
        (("explain", Q, T, "--set", f"{STEERING}=1"), 1),
        (("explain", Q, "\x1b\u202e\x9b"), 1),
        (("explain", Q, T, "--device", STEERING), 1),
        (("explain", Q, T, f"--{STEERING}"), 2),
        (("explain", Q, T, "--seed", STEERING), 2),
    ):
        run(*arguments, "--model", marked_model, status=status)
        out, err = told(capsys, caplog)
        assert err
        assert not steers(out + err)
    for arguments, status in (
        (("explain", Q, T, "--model", f"{tmp_path}/{STEERING}"), 1),
        ((STEERING,), 2),
        (("diff", f"{tmp_path}/{STEERING}", tmp_path), 2),
        (("convert-checkpoint", tmp_path, f"{tmp_path}/{STEERING}"), 1),
        (("corpora", "--configfile", f"{tmp_path}/{STEERING}"), 1),
        (("evaluate", f"{tmp_path}/{STEERING}", tmp_path), 1),
    ):
        run(*arguments, status=status)
        out, err = told(capsys, caplog)
        assert err
        assert not steers(out + err)


def test_configurations_and_runs_do_not_steer_the_terminal(tmp_path, capsys, caplog):
    settings = [run_folder(tmp_path / f"{name}{STEERING}", 0.5, 1) for name in "ab"]
    for number, folder in enumerate(settings):
        (folder / "config.resolved.yaml").write_text(json.dumps({"run": f"{number}{STEERING}", STEERING: number}))
    run("diff", *settings)
    out, err = told(capsys, caplog)
    assert "settings: 2 differ" in out
    assert not steers(out + err)
    run("diff", *settings, "--json")
    out, err = told(capsys, caplog)
    assert json.loads(out)["settings"]["run"] == [f"0{STEERING}", f"1{STEERING}"]
    assert not steers(out + err)
