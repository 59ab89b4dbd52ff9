"""What would be misread without a word: models, options and configurations taken for something that they do not say."""

import json
import zipfile

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from toys import SENTENCES, classifier
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from yiju import Explainer
from yiju.app.cli import group
from yiju.app.cli.method_options import option as option_of
from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.data.pair_files import read_pairs
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

PAIR = [SENTENCES[:2]]


@pytest.fixture
def folder(tmp_path):
    save_folder(*classifier(tmp_path, marker=False), [tmp_path / name for name in FOLDER_FILES])
    return tmp_path


def told(folder, **keys):
    """The folder with other keys in its config; None takes a key out."""
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8")) | keys
    kept = {key: value for key, value in config.items() if value is not None}
    file.write_text(json.dumps(kept), encoding="utf-8")
    return folder


def loaded_by_transformers(folder):
    return AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


def test_a_model_at_hand_is_judged_with_as_its_config_says(folder):
    told(folder, decision_margin=0.75, average_orders=True)
    (ours,) = Explainer.from_pretrained(folder).predict(PAIR)
    explainer = Explainer(*loaded_by_transformers(folder))
    assert (explainer.margin, explainer.average_orders) == (0.75, True)
    assert explainer.predict(PAIR) == [ours]
    assert Explainer(*loaded_by_transformers(folder), margin=0.0, average_orders=False).margin == 0.0


def test_a_model_whose_marks_nobody_computes_is_refused(tmp_path):
    save_folder(*classifier(tmp_path, marker=True), [tmp_path / name for name in FOLDER_FILES])
    with pytest.raises(YijuError, match=r"match_marker.*load the folder with Explainer.from_pretrained"):
        Explainer(*loaded_by_transformers(tmp_path))


def test_model_and_tokeniser_are_not_taken_for_each_other(folder):
    model, tokenizer = loaded_by_transformers(folder)
    for given in ((tokenizer, model), (None, None), (model, None)):
        with pytest.raises(YijuError, match="give a model and then its tokeniser"):
            Explainer(*given)


@pytest.mark.parametrize("value", ["false", "no", 1, 0, [True]])
def test_average_orders_is_true_or_false_and_nothing_else(folder, value):
    with pytest.raises(YijuError, match="average_orders"):
        Explainer.from_pretrained(folder, average_orders=value)
    with pytest.raises(YijuError, match=r"average_orders is .*it must be true or false"):
        Explainer.from_pretrained(told(folder, average_orders=value))


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int64, torch.bool])
def test_whole_numbers_are_no_weights(folder, dtype):
    file = folder / "model.safetensors"
    weights = load_file(file)
    name = next(one for one in sorted(weights) if one.endswith("query.weight"))
    save_file(weights | {name: (100 * weights[name]).to(dtype)}, file, {"format": "pt"})
    with pytest.raises(YijuError, match=f"{name} hold whole numbers .{dtype}"):
        Explainer.from_pretrained(folder)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"is_decoder": True}, "is_decoder is true"),
        ({"id2label": {"1": "similar", "2": "not similar"}, "label2id": None}, "number them 0 and 1"),
        ({"id2label": None, "label2id": {"similar": 0, "not similar": 1}}, "id2label, .*is missing"),
    ],
)
def test_a_config_that_means_another_model_is_refused(folder, keys, said):
    with pytest.raises(YijuError, match=said):
        Explainer.from_pretrained(told(folder, **keys))


def test_names_of_labels_in_one_map_alone_that_say_what_is_so_are_no_matter(folder):
    (before,) = Explainer.from_pretrained(folder).predict(PAIR)
    told(folder, id2label=None, label2id={"not similar": 0, "similar": 1})
    assert Explainer.from_pretrained(folder).predict(PAIR) == [before]


@pytest.mark.parametrize("options", [["predict", "pairs.tsv", "--max-bad", "nan"], ["serve", "--rate", "nan"]])
def test_nan_is_no_number_of_an_option(options):
    done = CliRunner().invoke(group, [*options, "--model", "."])
    assert done.exit_code == 2
    assert "nan is no number" in done.output


def test_an_alias_inside_its_own_value_is_named(tmp_path):
    value: list = []
    value.append(value)
    with pytest.raises(YijuError, match=r"an alias .* stands inside the value"):
        load({"run": value}, [tmp_path / "mine.yaml"])


@pytest.mark.parametrize("odd", ["ab", "a", ("a",), ("a", "b", "c"), None, 1, b"ab"])
def test_what_is_no_pair_is_refused_by_refusals_as_by_predict(folder, odd):
    explainer = Explainer.from_pretrained(folder)
    (said, none) = explainer.refusals([odd, PAIR[0]])
    assert none is None and "is not a pair of two texts" in said
    with pytest.raises(YijuError, match="is not a pair of two texts"):
        explainer.predict([odd])


def test_workbooks_are_told_what_to_become(tmp_path):
    book = tmp_path / "book.csv"
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    old = tmp_path / "old.csv"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    named = tmp_path / "named.xlsx"
    named.write_bytes(book.read_bytes())
    for file in (book, old):
        with pytest.raises(YijuError, match="read it as format xlsx, or save it as “CSV UTF-8”"):
            list(read_pairs(file))
    with pytest.raises(YijuError, match="not a readable workbook"):
        list(read_pairs(named))


@pytest.mark.parametrize("given", ["=x", "=", "steps", ""])
def test_an_option_of_a_method_has_a_name_and_a_value(given):
    with pytest.raises(YijuError, match="not NAME=VALUE, such as steps=50"):
        option_of(given, "--set")


def test_an_option_in_which_a_key_stands_twice_is_refused():
    with pytest.raises(YijuError, match="--set smooth: the key 'samples' is in one object twice"):
        option_of('smooth={"samples": 2, "noise": 1.0, "samples": 3}', "--set")
    assert option_of("steps=50", "--set") == ("steps", 50)
    assert option_of("baseline=zero", "--set") == ("baseline", "zero")
