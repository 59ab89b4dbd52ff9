"""The command line before models of three classes and of one logit."""

import json

import polars as pl
import pytest
from command_line import COLOUR, run
from families import Row
from families.transformers_models import NLI

from yiju import Explainer

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = "怎么开通花呗", "花呗如何开通"


@pytest.fixture(scope="module")
def nli(family_folder):
    return family_folder(Row("three labels", "roberta"))


@pytest.fixture(scope="module")
def reranker(family_folder):
    return family_folder(Row("cross-encoder", "bert"))


def said_of(capsys, *arguments):
    run(*arguments)
    return COLOUR.sub("", capsys.readouterr().out)


def test_three_classes_are_named_and_the_model_says_how_it_decides(nli, capsys):
    one = Explainer.from_pretrained(nli).predict((Q, T))
    said = said_of(capsys, "explain", Q, T, "--model", nli, "--method", "occlusion")
    assert said.startswith(f"{one.label_name}  p({one.label_name}) {one.probability:.3f}  by occlusion\n")
    assert f"It decides for the most probable of 3 classes: {', '.join(NLI)}." in said
    assert f"left, the judgement is the same: p({one.label_name}) is" in said


@pytest.mark.parametrize(("given", "number"), [(("--target", "neutral"), 1), (("--target", "2"), 2)])
def test_a_named_class_is_explained(nli, capsys, given, number):
    one = Explainer.from_pretrained(nli).explain((Q, T), "occlusion", target=number)
    assert one.label != number
    said = said_of(capsys, "explain", Q, T, "--model", nli, "--method", "occlusion", *given)
    assert f"by occlusion, of {NLI[number]}\n" in said
    assert f"the class {NLI[number]}: its probability " in said and f"{one.certainty:.1%}" in said
    assert "looked for only where the class that the model decides is explained" in said
    assert one.to_html().count(f", of {NLI[number]}</p>") == 1


def test_a_contrast_is_a_difference_of_logits_and_no_probability(nli, capsys):
    one = Explainer.from_pretrained(nli).explain((Q, T), "occlusion", target=0, contrast=2)
    asked = ("explain", Q, T, "--model", nli, "--method", "occlusion", "--target", "entailment", "--contrast", "2")
    said = said_of(capsys, *asked)
    assert "by occlusion, of entailment against contradiction\n" in said and "The score changes most when" in said
    found = json.loads(said_of(capsys, *asked, "--json"))
    assert (found["target"], found["contrast"]) == ("entailment", "contradiction")
    assert found["score"] == pytest.approx(one.score, abs=1e-6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--target", "similar"), "no class 'similar'; the model has 0 entailment, 1 neutral, 2 contradiction"),
        (("--target", "7"), "no class 7"),
        (("--contrast", "neutral"), "give --target too"),
        (("--target", "neutral", "--contrast", "1"), "target and contrast are both the class 'neutral'"),
    ],
)
def test_a_class_that_is_none_is_refused_by_name(nli, caplog, given, message):
    run("explain", Q, T, "--model", nli, *given, status=1)
    assert message in caplog.text


def test_one_number_is_told_as_a_score(reranker, capsys, caplog):
    one = Explainer.from_pretrained(reranker).predict((Q, T))
    said = said_of(capsys, "explain", Q, T, "--model", reranker, "--method", "occlusion")
    assert said.startswith(f"score {one.score:.3f}  by occlusion\n")
    assert "p(" not in said and "None" not in said and "nan" not in said
    assert "decides nothing by itself: calibrate it on labelled pairs (yiju calibrate)" in said
    run("explain", Q, T, "--model", reranker, "--target", "similar", status=1)
    assert "gives one number a pair, so there is no class 'similar'" in caplog.text


def test_with_a_margin_one_number_has_labels(reranker, capsys):
    one = Explainer.from_pretrained(reranker).predict((Q, T))
    said = said_of(capsys, "explain", Q, T, "--model", reranker, "--margin", one.score - 1, "--method", "occlusion")
    assert said.startswith(f"similar  score {one.score:.3f}  by occlusion\n")
    assert f"It judges a pair similar above a score of {one.score - 1:.3f}." in said
    assert "left, the judgement is the same." in said or "the pair is judged otherwise" in said


@pytest.mark.parametrize("kind", ["nli", "reranker"])
def test_methods_are_compared_by_what_deletion_changes(request, capsys, kind):
    folder = request.getfixturevalue(kind)
    one = Explainer.from_pretrained(folder).explain((Q, T), "occlusion")
    said = said_of(capsys, "compare", Q, T, "--model", folder, "--method", "occlusion", "--method", "lime")
    figure = f"{one.label_name}  p {one.certainty:.3f}" if kind == "nli" else f"score {one.score:.3f}"
    assert said.startswith(f"{figure}\n")
    assert f"{'p' if kind == 'nli' else 'score'} without the top 10, 20 and 50 % of the characters" in said
    assert "nan" not in said


def test_the_figures_of_a_comparison_are_those_of_the_explained_class(nli, capsys):
    explainer = Explainer.from_pretrained(nli)
    one = explainer.explain((Q, T), "occlusion")
    run("compare", Q, T, "--model", nli, "--method", "occlusion", "--json")
    found = json.loads(capsys.readouterr().out)["methods"][0]["without"]["0.1"]
    # A tenth of six characters is one: the best of each sentence, while the other sentence is whole.
    best = [max(range(6), key=lambda place: (side.segments[place].score, -place)) for side in one.sides]
    shorter = [(Q[: best[0]] + Q[best[0] + 1 :], T), (Q, T[: best[1]] + T[best[1] + 1 :])]
    wanted = [explainer.explain(pair, "occlusion", target=one.target).certainty for pair in shorter]
    assert found == pytest.approx(sum(wanted) / 2, abs=0.05)


@pytest.mark.parametrize("kind", ["nli", "reranker"])
@pytest.mark.parametrize("out", ["jsonl", "parquet"])
def test_a_file_has_scores_and_names_of_labels(request, tmp_path, kind, out):
    folder = request.getfixturevalue(kind)
    path, written = tmp_path / "pairs.tsv", tmp_path / f"judged.{out}"
    path.write_text(f"{Q}\t{T}\n{T}\t{Q}\n", encoding="utf-8")
    run("predict", path, "-o", written, "--model", folder)
    wanted = Explainer.from_pretrained(folder).predict([(Q, T), (T, Q)])
    found = pl.read_ndjson(written) if out == "jsonl" else pl.read_parquet(written)
    assert found["yiju_score"].to_list() == pytest.approx([one.score for one in wanted], abs=1e-6)
    assert found["yiju_label_name"].to_list() == [one.label_name for one in wanted]
    assert found["yiju_label"].to_list() == [one.label for one in wanted]


@pytest.fixture
def table(tmp_path):
    """Pairs that tiny models judge in more than one way."""
    texts = [Q, T, "今天天气怎么样", "明天下雨吗", "手机多少钱", "iPhone 的价格"]
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{q}\t{t}\n" for q in texts for t in texts if q != t), encoding="utf-8")
    return path


def test_explanations_of_three_classes_are_measured_by_class(nli, table, capsys):
    out = table.with_suffix(".json")
    run("study", "--pairs", table, "--model", nli, "--method", "occlusion", "-n", 12, "-o", out)
    said, facts = capsys.readouterr().out, json.loads(out.read_text(encoding="utf-8"))
    assert facts["labels"] == {f"class_{number}": name for number, name in enumerate(NLI)}
    assert sum(facts["judged"].values()) == 12
    labels = [one.label for one in Explainer.from_pretrained(nli).predict(pairs_of(facts, table))]
    assert facts["judged"] == {f"class_{number}": labels.count(number) for number in range(3)}
    for number, name in enumerate(NLI):
        assert (f"Pairs judged {name}: {labels.count(number)}\n" in said) is (number in labels)
    row = facts["methods"][0]
    # A smallest set that keeps the judgement, everything else deleted, was looked for and found for nearly all.
    kept = [row[f"kept.delete.class_{number}"] for number in set(labels)]
    assert all(0.5 < value <= 1 for value in kept)


def pairs_of(facts, table):
    """The pairs that a study drew with its usual seed."""
    from yiju.app.outside_study import draw_pairs

    pairs = [tuple(line.split("\t")) for line in table.read_text(encoding="utf-8").splitlines()]
    return draw_pairs(pairs, facts["items"], 111)


def test_of_one_number_a_study_measures_the_number_and_with_a_margin_by_label(reranker, table, capsys):
    page = table.with_suffix(".html")
    run("study", "--pairs", table, "--model", reranker, "--method", "occlusion", "-n", 6, "-o", page)
    said = capsys.readouterr().out
    assert "decides nothing: it is measured how far this number" in said and "All pairs: 6\n" in said
    assert "kept" not in page.read_text(encoding="utf-8").partition("How to read it")[0]
    scores = sorted(one.score for one in Explainer.from_pretrained(reranker).predict(pairs_of({"items": 12}, table)))
    out = table.with_suffix(".json")
    margin = ("--margin", (scores[5] + scores[6]) / 2)
    run("study", "--pairs", table, "--model", reranker, "--method", "occlusion", "-n", 12, *margin, "-o", out)
    facts = json.loads(out.read_text(encoding="utf-8"))
    assert facts["judged"] == {"similar": 6, "not_similar": 6}
    assert "measured in this number, and in its opposite" in capsys.readouterr().out
    for word in facts["judged"]:
        row = facts["methods"][0]
        assert row[f"one_sided.delete.{word}"] > 0 and row[f"kept.delete.{word}"] > 0.5
