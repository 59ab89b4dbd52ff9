"""The command line on small real models: what it prints and writes, and how it answers what is wrong."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import polars as pl
import pytest
import torch
from safetensors.torch import load_file
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.cli import COMMANDS, explain, group
from yiju.app.cli import main as yiju
from yiju.base.console import Shown
from yiju.explain.attribution import load_method
from yiju.job.code_version import SCRIPTS
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

Q, T = SENTENCES[:2]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_folder(*classifier(folder, marker=True), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(autouse=True)
def heard(caplog, monkeypatch):
    """yiju's log goes to the terminal itself, past pytest."""
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)
    caplog.set_level("INFO", logger="yiju")


def run(*arguments, status=0):
    with pytest.raises(SystemExit) as end:
        yiju([str(argument) for argument in arguments])
    assert (end.value.code or 0) == status


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_help_names_every_command_and_loads_no_torch():
    code = "import sys\nfrom yiju.app.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)}, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert all(re.search(rf"^  {name} +\S", done.stdout, re.M) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name, capsys):
    run(name, "--help")
    said = capsys.readouterr().out
    assert f"Usage: yiju {name}" in said
    assert group.get_command(None, name).help


def test_a_command_without_its_libraries_names_the_extra_that_brings_them(monkeypatch, caplog):
    for name in [name for name in sys.modules if name.startswith(("yiju.app.cli.serve", "yiju.app.web"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    run("serve", "--help", status=1)
    assert "yiju serve needs fastapi, which is not installed: pip install '.[serve]'" in caplog.text


def test_an_explanation_in_the_terminal(model, capsys):
    run("explain", Q, f"{T}\x1b[2J\n", "--model", model, "--matrix", "gradients", "--method", "occlusion")
    said = capsys.readouterr().out
    (one,) = Explainer.from_pretrained(model).explain([(Q, f"{T}\x1b[2J\n")], "occlusion")
    plain = COLOUR.sub("", said)
    assert f"p(similar) {one.probability:.3f}  by occlusion" in plain
    assert f"q  {Q}\n" in plain
    # What steers a terminal is shown, not obeyed.
    assert "\x1b[2J" not in said
    best = one.sides[0].rationale[0]
    assert f"q  {best.text}{best.score:+.3f}" in plain
    assert "which acts with which, by gradients, approximate" in plain


@pytest.fixture
def with_matrix(model):
    """An explanation of which the matrix is given, and its standard errors."""
    (one,) = Explainer.from_pretrained(model).explain([("花呗", "多少 iPhone 钱")], "occlusion", matrix="shapley")
    return lambda matrix, error: replace(one, matrix=matrix, matrix_error=error, matrix_samples=error and 100)


ERRORS = ((0.3, 0.6, 0.1, 0.1), (0.1, 0.1, 0.1, 0.1))
MATRIX = ((0.5, 1.25, -0.3, 0.004), (0.1, -12.5, 0.9, None))


def test_a_matrix_without_colours_shows_its_cells_as_numbers_and_names_the_strongest(with_matrix):
    said = explain.lines(with_matrix(MATRIX, None))
    plain = [COLOUR.sub("", line).rstrip() for line in said][-5:]
    assert plain == [
        "   多  少  iPhone 钱",
        "花 +.50+1.2-.30",
        "呗 +.10-12 +.90",
        "together  花–少+1.250  呗–iPhone+0.900  花–多+0.500  呗–多+0.100",
        "instead   呗–少-12.500  花–iPhone-0.300",
    ]
    nothing = explain.lines(with_matrix(((0.0,) * 4,) * 2, None))
    assert nothing[-2:] == ["together  no cell", "instead   no cell"]


def test_cells_that_may_be_chance_have_no_colour_and_are_not_named(with_matrix):
    one = with_matrix(MATRIX, ERRORS)
    said = explain.lines(one)
    plain = [COLOUR.sub("", line) for line in said]
    assert plain[-3] == "together  花–少+1.250±0.600  呗–iPhone+0.900±0.100"
    assert plain[-2] == "instead   呗–少-12.500±0.100  花–iPhone-0.300±0.100"
    assert "their standard errors go up to 0.60. Of 8 cells, 3 are less than 2 standard errors away from 0" in plain[-1]
    # 0.5 ± 0.3 is no colour, and 1.25 ± 0.6 is one; where no error is known, 0.5 has a colour too.
    assert f"\x1b[48;2;255;255;255m{' ' * 4}" in said[-5]
    html, sure = one.to_html(), with_matrix(MATRIX, None).to_html()
    uncoloured, title = "rgba(118, 70, 150, 0.000)", '<td title="0.5000 ± 0.3000"'
    assert html.count(uncoloured) > sure.count(uncoloured) and title in html
    assert "such cells have no colour" in html and "such cells have no colour" not in sure


def test_the_matrix_is_exact_unless_gradients_are_asked_for(model, capsys):
    (exact,), (approximate,) = (
        Explainer.from_pretrained(model).explain([(Q, T)], matrix=form) for form in ("occlusion", "gradients")
    )
    for switch, wanted in (((), exact), (("occlusion",), exact), (("gradients",), approximate)):
        run("explain", Q, T, "--model", model, "--json", "--matrix", *switch)
        found = json.loads(capsys.readouterr().out)["matrix"]
        assert [value for row in found for value in row] == pytest.approx(
            [value for row in wanted.matrix for value in row], abs=1e-6
        )


def test_what_was_not_read_is_struck_through_and_has_no_number(model, capsys):
    run("explain", Q * 9, T, "--model", model, "--matrix", "--method", "occlusion")
    said = capsys.readouterr().out
    assert "struck through: not read" in said
    assert "nan" not in said and "None" not in said
    run("compare", Q * 9, T, "--model", model, "--method", "occlusion", "--method", "gradient_l2")
    said = capsys.readouterr().out
    assert "agreement of the scores" in said
    assert "nan" not in said


@pytest.mark.parametrize("switch", ["--json", "--html"])
def test_an_explanation_for_programs(model, capsys, switch):
    run("explain", Q, T, "--model", model, "--method", "integrated_gradients", "--set", "steps=3", switch)
    said = capsys.readouterr().out
    (one,) = Explainer.from_pretrained(model).explain([(Q, T)], "integrated_gradients", steps=3)
    assert said == (one.to_html() if switch == "--html" else json.dumps(one.to_dict(), ensure_ascii=False)) + "\n"


def one_sided(explainer, explained, count):
    """p(label) without the best `count` segments of one sentence, the other one whole, the mean of both."""
    pairs = []
    for side in (0, 1):
        order = sorted(enumerate(explained.sides[side].segments), key=lambda one: (-one[1].score, one[0]))
        gone = {place for place, _ in order[:count]}
        left = "".join(part.text for place, part in enumerate(explained.sides[side].segments) if place not in gone)
        pairs.append((left, T) if side == 0 else (Q, left))
    found = explainer.predict(pairs)
    return sum(one.probability if explained.label else 1 - one.probability for one in found) / 2


def test_random_characters_stand_beside_the_methods_and_heads_over_the_columns(model, capsys, monkeypatch):
    given = (Q, T, "--model", model, "--method", "occlusion", "--method", "gradient_l2")
    run("compare", *given)
    plain = capsys.readouterr().out
    run("compare", *given, "--json")
    told = json.loads(capsys.readouterr().out)
    chance = told["random"]["without"]
    assert list(chance) == ["0.1", "0.2", "0.5"]
    figures = " ".join(f"{value:.3f}" for value in chance.values())
    assert re.search(rf"^ +10 %  20 %  50 %\n\(random characters\)  {figures}$", plain, re.M)
    # Of single characters the mean lies between the least and the largest.
    explainer = Explainer.from_pretrained(model)
    (one,) = explainer.explain([(Q, T)], "occlusion")
    pairs = [(Q[:place] + Q[place + 1 :], T) for place in range(len(Q))]
    each = [single.probability if one.label else 1 - single.probability for single in explainer.predict(pairs)]
    others = [(Q, T[:place] + T[place + 1 :]) for place in range(len(T))]
    each_t = [single.probability if one.label else 1 - single.probability for single in explainer.predict(others)]
    assert (min(each) + min(each_t)) / 2 - 1e-5 <= chance["0.1"] <= (max(each) + max(each_t)) / 2 + 1e-5
    assert "How to read: " in plain
    assert re.search(r"^ +1 +2\n 1 occlusion +\+1\.00 ", plain, re.M)
    # Sentences that colours would tell apart are shown where there are colours.
    assert f"{Q}  {T}" not in plain
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    run("compare", *given)
    assert f"{Q}  {T}" in COLOUR.sub("", capsys.readouterr().out)


def test_predict_has_no_seed(capsys):
    run("predict", "--help")
    assert "--seed" not in capsys.readouterr().out
    run("explain", "--help")
    assert "--seed" in capsys.readouterr().out


def test_one_row_and_one_pair_are_told_in_the_singular(model, tmp_path, capsys):
    path = tmp_path / "p.tsv"
    path.write_text(f"{Q * 20}龘\t{T}\n", encoding="utf-8")
    run("predict", path, "-o", tmp_path / "j.jsonl", "--model", model)
    said = capsys.readouterr().err
    assert "1 of 1 row judged\n" in said
    assert "1 of the pairs holds characters" in said
    assert "1 of the pairs is longer than the model reads" in said


def test_methods_side_by_side(model, capsys):
    methods = ("gradient_l2", "occlusion")
    run("compare", Q, T, "--model", model, *(word for name in methods for word in ("--method", name)))
    plain = COLOUR.sub("", capsys.readouterr().out)
    run("compare", Q, T, "--model", model, *(word for name in methods for word in ("--method", name)), "--json")
    told = json.loads(capsys.readouterr().out)
    explainer = Explainer.from_pretrained(model)
    for name, one in zip(methods, told["methods"], strict=True):
        (explained,) = explainer.explain([(Q, T)], name)
        # Of 6 characters the top 10 % are one, the top 20 % two.
        wanted = [one_sided(explainer, explained, count) for count in (1, 2, 3)]
        assert list(one["without"].values()) == pytest.approx(wanted, abs=1e-5)
        grounds = "  ".join(
            f"{side} {' '.join([part.text for part in own.rationale][:5]) or '–'}"
            for side, own in zip("qt", explained.sides, strict=True)
        )
        figures = " ".join(f"{one['without'][share]:.3f}" for share in ("0.1", "0.2", "0.5"))
        assert re.search(rf"^{name} +{figures}  {grounds}$", plain, re.M)
    assert told["spearman"][0][0] == told["spearman"][1][1] == pytest.approx(1)
    assert told["spearman"][0][1] == pytest.approx(told["spearman"][1][0])


def test_all_methods_but_chance_are_compared(model, capsys):
    run("compare", Q, T, "--model", model, "--json")
    names = [one["method"]["method"] for one in json.loads(capsys.readouterr().out)["methods"]]
    assert "random" not in names
    assert len(names) == 14


def test_a_method_that_does_not_fit_the_model_is_left_out_in_one_line(model, capsys, monkeypatch):
    why = "deeplift wants another model"
    monkeypatch.setattr(load_method("deeplift"), "supports", lambda model: why)
    both = ("--method", "deeplift", "--method", "occlusion")
    run("compare", Q, T, "--model", model, *both)
    plain = COLOUR.sub("", capsys.readouterr().out)
    assert f"\ndeeplift is left out: {why}\n" in plain
    assert re.search(r"^occlusion +\d", plain, re.M) and not re.search(r"^deeplift +\d", plain, re.M)
    run("compare", Q, T, "--model", model, *both, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["left_out"] == {"deeplift": why}
    assert [one["method"]["method"] for one in told["methods"]] == ["occlusion"]
    run("compare", Q, T, "--model", model, *both[:2], status=1)
    run("explain", Q, T, "--model", model, *both[:2], status=1)


def test_the_model_may_stand_in_the_environment(model, capsys, monkeypatch):
    monkeypatch.setenv("YIJU_MODEL", str(model))
    run("explain", Q, T, "--json")
    assert json.loads(capsys.readouterr().out)["q"] == Q


WRITTEN = {
    "tsv": "".join(f"{q}\t{t}\tmore\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
    "csv": "t,q\n" + "".join(f'"{t}",{q}\n' for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
    "jsonl": "".join(json.dumps({"q": q, "t": t}) + "\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
}


@pytest.mark.parametrize("kind", [*WRITTEN, "parquet"])
@pytest.mark.parametrize("out", ["jsonl", "csv", "tsv", "parquet"])
def test_a_file_is_judged_in_order(model, tmp_path, kind, out):
    path, written = tmp_path / f"pairs.{kind}", tmp_path / f"judged.{out}"
    if kind == "parquet":
        pl.DataFrame({"q": SENTENCES, "t": SENTENCES[::-1]}).write_parquet(path)
    else:
        path.write_text(WRITTEN[kind], encoding="utf-8")
    run("predict", path, "-o", written, "--model", model)
    wanted = Explainer.from_pretrained(model).predict(zip(SENTENCES, SENTENCES[::-1], strict=True))
    read = {"jsonl": pl.read_ndjson, "csv": pl.read_csv, "parquet": pl.read_parquet}
    found = pl.read_csv(written, separator="\t") if out == "tsv" else read[out](written)
    assert found.columns == ["line", "q", "t", "label", "probability", "truncated", "unknown"]
    assert found["q"].to_list() == SENTENCES
    assert found["label"].to_list() == [one.label for one in wanted]
    assert found["probability"].to_list() == pytest.approx([one.probability for one in wanted], rel=1e-6)


def test_a_bad_row_is_named_and_the_others_are_judged(model, tmp_path, capsys):
    path, out = tmp_path / "pairs.tsv", tmp_path / "judged.jsonl"
    path.write_text(f"{Q}\t{T}\n\nno TAB here\n{T}\t{Q}\n", encoding="utf-8")
    run("predict", path, "-o", out, "--model", model, "--max-bad", "0.5")
    assert [row["line"] for row in lines(out)] == [1, 4]
    said = capsys.readouterr().err
    assert "pairs.tsv line 3: " in said
    assert "2 of 3 rows judged" in said


def test_too_many_bad_rows_leave_nothing(model, tmp_path, caplog):
    path, out = tmp_path / "pairs.tsv", tmp_path / "judged.jsonl"
    path.write_text(f"{Q}\t{T}\nno TAB here\n", encoding="utf-8")
    run("predict", path, "-o", out, "--model", model, status=1)
    assert "1 of 2 rows is no pair, more than --max-bad (1.00%)" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["pairs.tsv"]


@pytest.mark.slow
def test_pairs_come_in_by_a_pipe_and_go_out_by_one(model):
    command = [sys.executable, "-m", "yiju", "predict", "-", "--model", str(model)]
    env = {"PYTHONPATH": str(SCRIPTS), "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=env, input=f"{Q}\t{T}\n", capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["q"] == Q


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pairs.tsv", "-o", "out.xlsx"), "out.xlsx: the name, which tells the format, must end in"),
        (("pairs.tsv", "--q", "2"), "--q and --t go together"),
        (("nothing.tsv",), "nothing.tsv: no such file"),
        (("pairs.log",), "give --format"),
        (("pairs.tsv", "--q", "1", "--t", "9"), "pairs.tsv"),
    ],
)
def test_what_is_wrong_is_named(model, tmp_path, monkeypatch, caplog, arguments, said):
    monkeypatch.chdir(tmp_path)
    for name in ("pairs.tsv", "pairs.log"):
        (tmp_path / name).write_text(f"{Q}\t{T}\n", encoding="utf-8")
    run("predict", *arguments, "--model", model, status=1)
    assert said in caplog.text


def test_a_pickled_checkpoint_becomes_safetensors(model, tmp_path, caplog):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    weights = load_file(model / "model.safetensors")
    torch.save(weights, old / "pytorch_model.bin")
    for name in FOLDER_FILES:
        if name != "model.safetensors":
            (old / name).write_bytes((model / name).read_bytes())
    run("convert-checkpoint", old, new)
    converted = load_file(new / "model.safetensors")
    assert converted.keys() == weights.keys()
    assert all(torch.equal(converted[name], weight) for name, weight in weights.items())
    assert Explainer.from_pretrained(new).predict([(Q, T)]) == Explainer.from_pretrained(model).predict([(Q, T)])
    run("convert-checkpoint", old, new, status=1)
    assert "there already" in caplog.text


def run_folder(folder, value, seed, **others):
    (folder / "sets/dev").mkdir(parents=True)
    (folder / "config.resolved.yaml").write_text(
        f"seed: {seed}\nfinetune: {{fgm: {{enabled: false}}}}\n", encoding="utf-8"
    )
    figures = {"accuracy.model": value, "accuracy.model.low": value - 0.02, "accuracy.model.high": value + 0.02}
    (folder / "sets/dev/metrics.json").write_text(json.dumps(figures | others), encoding="utf-8")
    return folder


def test_two_runs_side_by_side(tmp_path, capsys):
    one, other = run_folder(tmp_path / "a", 0.75, 1, ece=0.1), run_folder(tmp_path / "b", 0.8, 2, ece=0.2)
    run("diff", one, other)
    said = capsys.readouterr().out
    assert "settings: 1 differ\n  seed  1 -> 2\n" in said
    assert "  dev accuracy.model  0.7500 [0.7300, 0.7700] -> 0.8000 [0.7800, 0.8200]  apart\n" in said
    assert "ece" not in said
    run("diff", one, other, "--all", "--json")
    assert json.loads(capsys.readouterr().out)["figures"]["dev ece"] == [0.1, 0.2]
    run("diff", one, one)
    assert "settings: no difference\nfigures: no difference\n" in capsys.readouterr().out


def test_a_folder_that_is_no_run_is_named(tmp_path, caplog):
    run("diff", tmp_path, tmp_path, status=1)
    assert f"{tmp_path}: this is no folder of a run, which holds a config.resolved.yaml" in caplog.text


def test_the_sample_is_here_and_what_is_not_is_named_with_its_publisher(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(SCRIPTS.parent)
    run("corpora")
    said = capsys.readouterr().out
    assert re.search(r"^LCQMC +3 here$", said, re.M)
    assert "missing" not in said
    run("corpora", "--folder", tmp_path)
    said = capsys.readouterr().out
    assert re.search(
        r"^LCQMC +3 missing\n +publisher: http\S+; terms: .+\n +" + re.escape(f"{tmp_path}/LCQMC/"), said, re.M
    )
    run("corpora", "--configfile", "presets/competition.yaml", "--json")
    told = json.loads(capsys.readouterr().out)
    assert {state for of in told.values() for state in of["files"].values()} <= {"here", "to fetch", "missing"}


def test_corpora_needs_the_projects_folder(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    run("corpora", status=1)
    assert "config.yaml: no such configuration file" in caplog.text


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
def test_sentences_do_not_steer_the_terminal(model, capsys, caplog, switch):
    q = f" {STEERING} 花{STEERING}呗 {STEERING}\n开"
    run("explain", q, f"{STEERING}{T}", "--model", model, *switch)
    out, err = told(capsys, caplog)
    assert not steers(out + err)
    if switch == ("--json",):
        assert json.loads(out)["q"] == q
    run("compare", q, f"{STEERING}{T}", "--model", model, "--method", "occlusion", *switch[:1] * ("--json" in switch))
    out, err = told(capsys, caplog)
    assert out
    assert not steers(out + err)


def test_files_do_not_steer_the_terminal(model, tmp_path, capsys, caplog):
    path = tmp_path / f"a{STEERING}.jsonl"
    rows = [{"q": f"花{STEERING}呗", "t": T}, {"q": "\u202e\x07", "t": T}, {STEERING: 1}]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    run("predict", path, "--model", model, "--max-bad", "1")
    out, err = told(capsys, caplog)
    assert json.loads(out)["q"] == f"花{STEERING}呗"
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
        run(*arguments, "--model", model, status=status)
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


@pytest.mark.parametrize("command", ["explain", "compare"])
@pytest.mark.parametrize(
    ("q", "t", "side"), [("", "", "q"), ("花", " ", "t"), ("\u200b", "花", "q"), ("花", "\ue000", "t")]
)
def test_an_empty_sentence_is_named(model, caplog, command, q, t, side):
    run(command, q, t, "--model", model, status=1)
    assert f"pair 0: {side} " in caplog.text
    assert "defect" not in caplog.text


def test_rows_with_nothing_to_judge_are_named_like_others_that_are_no_pairs(model, tmp_path, capsys):
    path, out = tmp_path / "pairs.tsv", tmp_path / "judged.jsonl"
    path.write_text(f"{Q}\t{T}\n\ue000\t{T}\n{Q}\t\u0301\n{T}\t龘{Q}\n", encoding="utf-8")
    run("predict", path, "-o", out, "--model", model, "--max-bad", "0.5")
    assert [(row["line"], row["unknown"]) for row in lines(out)] == [(1, 0), (4, 1)]
    said = capsys.readouterr().err
    assert "pairs.tsv line 2: q has no character that the model's tokeniser knows" in said
    assert "pairs.tsv line 3: " in said


def test_logits_that_are_no_numbers_leave_nothing(tmp_path, caplog):
    damaged, tokenizer = classifier(tmp_path / "model")
    damaged.bert.pooler.dense.bias.data.fill_(1e4)
    damaged.classifier.weight.data[1] = 3e38
    save_folder(damaged, tokenizer, [tmp_path / "model" / name for name in FOLDER_FILES])
    (tmp_path / "pairs.tsv").write_text(f"{Q}\t{T}\n", encoding="utf-8")
    for arguments in (("predict", tmp_path / "pairs.tsv", "-o", tmp_path / "out.csv"), ("explain", Q, T)):
        run(*arguments, "--model", tmp_path / "model", status=1)
        assert "the model's logits are not finite numbers" in caplog.text
        assert "defect" not in caplog.text
        caplog.clear()
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("device", ["cuda:97", "gpu", "banana"])
@pytest.mark.parametrize("command", ["explain", "predict", "serve"])
def test_a_device_that_is_not_here_is_named(model, tmp_path, caplog, command, device):
    (tmp_path / "pairs.tsv").write_text(f"{Q}\t{T}\n", encoding="utf-8")
    given = {"explain": (Q, T), "predict": (tmp_path / "pairs.tsv",), "serve": ("--port", "0")}[command]
    run(command, *given, "--model", model, "--device", device, status=1)
    assert f"error: device '{device}' is not on this machine; there are auto, cpu" in caplog.text
