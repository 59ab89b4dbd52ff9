"""Whatever is typed, a command ends with status 0, 1 or 2 and a sentence: never with a trace, never as a defect."""

import click
import pytest
from hostile import WORDS, files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toys import SENTENCES, classifier

from yiju.app.cli import COMMANDS, group
from yiju.app.cli import main as yiju
from yiju.app.explainer import Explainer
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

Q, T = SENTENCES[:2]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_folder(*classifier(folder), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="module")
def loaded(model):
    return Explainer.from_pretrained(model, device="cpu")


@pytest.fixture(autouse=True)
def harmless(model, loaded, caplog, monkeypatch):
    """No server stays, nothing is fetched, and the good model is loaded once."""
    load = Explainer.from_pretrained

    def once(name, *arguments, **options):
        return loaded if str(name) == str(model) and not options.get("margin") else load(name, *arguments, **options)

    monkeypatch.setattr("yiju.app.cli.serve.serve", lambda *_, **__: None)
    monkeypatch.setattr("yiju.models.named.download", refuse)
    monkeypatch.setattr(Explainer, "from_pretrained", once)
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)
    monkeypatch.setattr("sys.stdin", open("/dev/null", encoding="utf-8"))  # noqa: PTH123, SIM115
    caplog.set_level("INFO", logger="yiju")


def refuse(*_):
    from yiju.base.errors import YijuError

    raise YijuError("nothing is fetched here")


@st.composite
def arguments(draw, name, model, places):
    """Words for a command: what it takes, with values of any kind, most of them for what they are."""
    command, words = group.get_command(None, name), st.sampled_from([*WORDS, *places])
    typed = []
    for option in command.params:
        if isinstance(option, click.Argument):
            given = words | st.sampled_from([Q, T, str(model)])
            typed += draw(st.lists(given, min_size=1, max_size=2)) if option.nargs == -1 else [draw(given)]
        elif option.name == "model":
            typed += ["--model", draw(st.sampled_from([str(model)] * 9 + [*WORDS, *places]))]
        # The devices of a machine are not for these tests.
        elif option.name != "device" and (option.required or draw(st.integers(0, 4)) == 0):
            typed += [option.opts[-1]] if option.is_flag else [option.opts[-1], draw(words)]
    return typed


def survives(name, typed, caplog):
    caplog.clear()
    with pytest.raises(SystemExit) as end:
        yiju([name, *typed])
    assert end.value.code in (None, 0, 1, 2)
    assert "defect" not in caplog.text
    assert "Traceback" not in caplog.text
    assert end.value.code in (None, 0, 2) or "error: " in caplog.text


def try_many(name, model, folder, caplog, monkeypatch, examples):
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    places = files(folder)

    @settings(deadline=None, derandomize=True, max_examples=examples, database=None, suppress_health_check=HealthCheck)
    @given(arguments(name, model, places))
    def hostile(typed):
        survives(name, typed, caplog)

    hostile()


# The export loads another library before it says anything.
SOME = [pytest.param(name, marks=[pytest.mark.slow] * (name == "export-onnx")) for name in COMMANDS]


@pytest.mark.parametrize("name", SOME)
def test_hostile_words_end_a_command_in_words(name, model, tmp_path, caplog, monkeypatch):
    try_many(name, model, tmp_path / "here", caplog, monkeypatch, 25)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_many_hostile_words_end_a_command_in_words(name, model, tmp_path, caplog, monkeypatch):
    try_many(name, model, tmp_path / "here", caplog, monkeypatch, 600)


@pytest.mark.parametrize("name", ["named.csv", "rows.jsonl"])
@pytest.mark.parametrize("out", ["folder.csv", "folder.parquet", "link.tsv", "pairs.tsv/out.csv", "out.xls", ""])
def test_an_output_that_cannot_be_is_refused_by_name(name, out, model, tmp_path, caplog, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files(tmp_path)
    (tmp_path / "link.tsv").symlink_to(tmp_path / name)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    survives("predict", [name, "--q", "q", "--t", "t", "-o", out, "--model", str(model), "--max-bad", "1"], caplog)
    assert "error: " in caplog.text
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
