"""Code that comes with a checkpoint is never run, whatever arrives on standard input."""

import io
import json
import shutil
import sys

import pytest
from toys import classifier

from yiju import Explainer
from yiju.app.cli import main as yiju
from yiju.base.errors import YijuError
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.start_encoder import start_encoder

MODEL = {"AutoConfig": "evil.Config", "AutoModelForSequenceClassification": "evil.Model"}
MASKED = {"AutoConfig": "evil.Config", "AutoModelForMaskedLM": "evil.Model"}
CODE = """
from pathlib import Path
Path({marker!r}).write_text("ran")
from transformers import BertConfig as Config, BertForMaskedLM as Model, BertTokenizer as Tokenizer

pytestmark = pytest.mark.usefixtures("yiju_log")
"""
# (file, what is written into it, further changes of config.json)
ASKING = {
    "config of an unknown kind": ("config.json", {"auto_map": MODEL, "model_type": "evil"}),
    "config of a known kind": ("config.json", {"auto_map": MODEL}),
    "masked": ("config.json", {"auto_map": MASKED, "model_type": "evil"}),
    "of another repository": (
        "config.json",
        {"auto_map": {"AutoConfig": "a/b--evil.Config"}, "model_type": "e"},
    ),
    "within a part": ("config.json", {"text_config": {"auto_map": MODEL}}),
    "tokeniser": ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": [None, "evil.Tokenizer"]}}),
    "tokeniser, old form": ("tokenizer_config.json", {"auto_map": ["evil.Tokenizer", None], "tokenizer_class": "E"}),
    "attention of the hub": ("config.json", {"attn_implementation": "some/kernel"}),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    save_folder(*classifier(folder), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(params=ASKING.values(), ids=ASKING)
def asking(request, plain, tmp_path, monkeypatch):
    """A folder whose code leaves a mark, with "y" on standard input for whoever asks."""
    folder, (name, changes) = tmp_path / "asking", request.param
    shutil.copytree(plain, folder)
    (folder / "evil.py").write_text(CODE.format(marker=str(tmp_path / "ran")), encoding="utf-8")
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    # A known class would be taken without a question.
    content.pop("tokenizer_class", None)
    (folder / name).write_text(json.dumps(content | changes), encoding="utf-8")
    if name == "tokenizer_config.json":
        # Of this kind transformers knows a model and no tokeniser, so that it would ask.
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | {"model_type": "vit"}), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n" * 20))
    return folder, name


def start(folder, head):
    settings = {"source": "folder", "name": str(folder), "revision": None, "marks_matches": False}
    outputs = [folder / name for name in FOLDER_FILES]
    start_encoder(settings | {"max_length": 32, "seed": 1, "head": head}, None, outputs)


DOORS = {
    "explainer": Explainer.from_pretrained,
    "tokeniser": load_tokenizer,
    "model": lambda folder: load_model(folder, "masked_lm"),
    "start": lambda folder: start(folder, "masked_lm"),
    "classifier": lambda folder: start(folder, "classifier"),
}


@pytest.mark.parametrize("door", DOORS)
def test_code_that_comes_with_a_checkpoint_is_refused_and_never_run(asking, door, tmp_path):
    folder, name = asking
    if name == "tokenizer_config.json" and door != "tokeniser":
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config | {"model_type": "bert"}), encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    if name == "tokenizer_config.json" and door == "model":
        # A model that marks nothing needs no tokeniser.
        load_model(folder, "masked_lm")
    else:
        with pytest.raises(YijuError, match=rf"{name}: \S+ asks for code .*yiju never runs such code"):
            DOORS[door](folder)
    assert not (tmp_path / "ran").exists()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_command_line_runs_no_code_either(asking, tmp_path, caplog, monkeypatch):
    folder, _ = asking
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)
    with pytest.raises(SystemExit) as end:
        yiju(["explain", "花呗", "借呗", "--model", str(folder)])
    assert end.value.code == 1
    assert not (tmp_path / "ran").exists()
    assert "defect" not in caplog.text
