"""A second model beside the first one: columns, agreement, a test of matched pairs, and how the grounds differ."""

import json
import shutil

import numpy as np
import pytest
from command_line import COLOUR, lines, run
from families.transformers_models import classifier as n_labels
from safetensors.torch import load_file, save_file
from scipy.stats import binomtest
from toys import SENTENCES

from yiju import Explainer
from yiju.app.against import Both, Second, grounds_of_both
from yiju.evaluation.metrics.paired import discordant, mcnemar
from yiju.explain.explanation import Judgement

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = SENTENCES[:2]
PAIRS = list(zip(SENTENCES, SENTENCES[::-1], strict=True))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{q}\t{t}\t{place % 2}\n" for place, (q, t) in enumerate(PAIRS)), encoding="utf-8")
    return path


def judgement(label, number=0):
    return Judgement(f"q{number}", "t", label, 0.5, False, 0, score=0.0, label_name=["not similar", "similar"][label])


def test_predict_adds_the_second_model_and_says_how_often_both_agree(
    marked_model, plain_model, table, tmp_path, capsys
):
    out = tmp_path / "judged.jsonl"
    run("predict", table, "-o", out, "--model", marked_model, "--against", plain_model)
    first, second = (Explainer.from_pretrained(one).predict(PAIRS) for one in (marked_model, plain_model))
    rows = lines(out)
    assert [row["yiju_label"] for row in rows] == [one.label for one in first]
    assert [row["yiju_against_label"] for row in rows] == [one.label for one in second]
    assert [row["yiju_against_score"] for row in rows] == pytest.approx([one.score for one in second], abs=1e-6)
    same = [one.label == other.label for one, other in zip(first, second, strict=True)]
    assert [row["yiju_agree"] for row in rows] == same
    assert f" agree on {sum(same)} of {len(PAIRS)} pairs (" in capsys.readouterr().err


def test_with_known_labels_it_ends_in_a_test_of_matched_pairs(marked_model, plain_model, table, tmp_path, capsys):
    out = tmp_path / "judged.jsonl"
    run("predict", table, "-o", out, "--model", marked_model, "--against", plain_model, "--label", 3)
    gold = np.arange(len(PAIRS)) % 2
    hits = [
        np.array([one.label for one in Explainer.from_pretrained(model).predict(PAIRS)]) == gold
        for model in (marked_model, plain_model)
    ]
    said = capsys.readouterr().err
    assert f"Right of {len(PAIRS)} labelled pairs: " in said
    assert f"McNemar's exact test, p = {mcnemar(*hits):.3g}" in said


def test_mcnemar_looks_at_the_pairs_of_which_one_model_alone_is_right():
    hits, others = np.array([1, 1, 1, 1, 1, 0, 0, 1], bool), np.array([0, 0, 0, 0, 0, 1, 0, 1], bool)
    assert discordant(hits, others) == (5, 1)
    assert mcnemar(hits, others) == pytest.approx(binomtest(5, 6).pvalue) == mcnemar(others, hits)
    assert mcnemar(hits, hits) == 1.0


def test_labels_of_as_many_classes_are_compared_by_number_and_others_by_name(marked_model):
    explainer = Explainer.from_pretrained(marked_model)
    both = Both(explainer, explainer, ("a", "b"))
    assert both.agree(judgement(1), judgement(1)) and not both.agree(judgement(1), judgement(0))
    undecided = Judgement("q", "t", None, None, False, 0, score=0.0)
    assert both.agree(judgement(1), undecided) is None
    # Without labels, nothing is said but how the scores agree.
    second = Second(both, [undecided] * 3, [undecided] * 3, [None] * 3)
    assert [line.partition(":")[0] for line in second.lines()] == ["Rank correlation of the scores of a and b"]


WORDS = ("entailment", "neutral", "contradiction")


@pytest.fixture(scope="module")
def nli(tmp_path_factory):
    return n_labels("bert", tmp_path_factory.mktemp("nli") / "model", WORDS)


def reordered(model, folder, order, names):
    """The same model with its outputs in another order, and names of the outputs."""
    shutil.copytree(model, folder)
    weights = load_file(folder / "model.safetensors")
    for name in ("classifier.weight", "classifier.bias"):
        weights[name] = weights[name][list(order)].contiguous()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"id2label": dict(enumerate(names)), "label2id": {name: n for n, name in enumerate(names)}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture
def turned(nli, tmp_path):
    """The model of `nli` with the order of its classes turned, which it spells in another way."""
    return reordered(nli, tmp_path / "turned", (2, 1, 0), ("Contradiction", "neutral", "ENTAILMENT"))


def test_three_classes_in_another_order_are_compared_by_their_names(nli, turned, tmp_path, capsys):
    judged = [one.label_name for one in Explainer.from_pretrained(nli).predict(PAIRS)]
    assert {"entailment", "contradiction"} & set(judged)
    gold, out = tmp_path / "gold.jsonl", tmp_path / "judged.jsonl"
    # All but one are right.
    known = [*judged[:-1], next(name for name in WORDS if name != judged[-1])]
    rows = [{"q": q, "t": t, "gold": name.title()} for (q, t), name in zip(PAIRS, known, strict=True)]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run("predict", gold, "-o", out, "--label", "gold", "--model", nli, "--against", turned)
    found, said = lines(out), capsys.readouterr().err
    assert [row["yiju_against_label_name"].lower() for row in found] == judged
    assert all(row["yiju_agree"] for row in found)
    count = len(PAIRS)
    assert f" agree on {count} of {count} pairs (" in said
    assert f"Right of {count} labelled pairs: " in said and "0 only " in said and "p = 1" in said
    assert said.count(f"{100 * (count - 1) / count:.1f} % [") == 2


def test_a_class_is_explained_by_both_models_whatever_its_number(nli, turned, capsys):
    asked = ("explain", Q, T, "--model", nli, "--against", turned, "--method", "occlusion")
    run(*asked, "--target", "0", "--contrast", "contradiction", "--json")
    one, other = json.loads(capsys.readouterr().out)["explanations"]
    assert (one["target"], other["target"]) == ("entailment", "ENTAILMENT")
    assert (one["contrast"], other["contrast"]) == ("contradiction", "Contradiction")
    assert one["score"] == pytest.approx(other["score"], abs=1e-5)
    run(*asked)
    assert "Both models judge alike." in COLOUR.sub("", capsys.readouterr().out)


def test_models_of_other_classes_are_not_said_to_disagree(nli, marked_model, table, tmp_path, capsys, caplog):
    out = tmp_path / "judged.jsonl"
    run("predict", table, "-o", out, "--model", nli, "--against", marked_model, "--label", 3)
    assert {row["yiju_agree"] for row in lines(out)} == {None}
    said = capsys.readouterr().err
    assert "The classes of the models differ: " in said and "so it is not counted how often they agree" in said
    assert " agree on " not in said and "Rank correlation" not in said
    asked = ("explain", Q, T, "--model", nli, "--against", marked_model, "--method", "occlusion")
    run(*asked)
    told = COLOUR.sub("", capsys.readouterr().out)
    assert "so their judgements are not compared." in told and "judge otherwise" not in told
    run(*asked, "--target", "entailment", status=1)
    assert "so a class of one is none of the other; leave --target and --contrast out" in caplog.text


def test_explain_shows_both_and_names_what_differs(marked_model, plain_model, capsys):
    asked = ("explain", Q, T, "--model", marked_model, "--against", plain_model, "--method", "occlusion")
    run(*asked, "--json")
    told = json.loads(capsys.readouterr().out)
    one, other = (
        Explainer.from_pretrained(model).explain((Q, T), "occlusion") for model in (marked_model, plain_model)
    )
    assert [own["score"] for own in told["explanations"]] == pytest.approx([one.score, other.score], abs=1e-6)
    assert told["agree"] == (one.label == other.label) and len(set(told["models"])) == 2
    assert told["grounds"]["both"] == grounds_of_both(one, other)["both"]
    run(*asked)
    said = COLOUR.sub("", capsys.readouterr().out)
    assert all(f"== {name}\n" in said for name in told["models"])
    assert ("Both models judge alike." if told["agree"] else "The models judge otherwise.") in said


def test_grounds_are_parted_into_shared_ones_and_those_of_one_model(marked_model):
    explainer = Explainer.from_pretrained(marked_model)
    one, other = (explainer.explain((Q, T), "occlusion", ratio=ratio) for ratio in (0.4, 1.0))
    found = grounds_of_both(one, other)
    for side, text, small, large in zip("qt", (Q, T), one.sides, other.sides, strict=True):
        places = [{p for part in own.rationale for p in range(part.start, part.end)} for own in (small, large)]
        assert "".join(found["both"][side]) == "".join(text[place] for place in sorted(places[0]))
        assert found["first"][side] == []
        assert "".join(found["second"][side]) == "".join(text[place] for place in sorted(places[1] - places[0]))
    assert found["spearman"] == pytest.approx(1.0)
