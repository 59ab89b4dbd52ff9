"""Prompt, answers, instruction and calibration on the command line: as in Python, and refused by their names."""

import json

import pytest
from command_line import run
from families import Row, prompts

from yiju import Explainer

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = "怎么开通花呗", "花呗如何开通"


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "prompt.txt"
    path.write_bytes(prompts.written().encode())
    return path


def test_a_language_model_is_told_its_prompt_and_answers(family_folder, template, capsys):
    folder = family_folder(Row("decoder", "qwen3", "plain"))
    yes, no = prompts.ANSWERS
    told = ("--template", template, "--answers", yes, no, "--instruction", prompts.INSTRUCTION)
    run("explain", Q, T, "--model", folder, *told, "--json")
    wording = {"template": prompts.written(), "answers": (no, yes), "instruction": prompts.INSTRUCTION}
    one = Explainer.from_pretrained(folder, **wording).predict((Q, T))
    assert json.loads(capsys.readouterr().out)["score"] == pytest.approx(one.score, abs=1e-6)


@pytest.mark.parametrize(
    ("row", "given", "said"),
    [
        (Row("two labels", "bert"), ("--answers", "是", "否"), "--answers belong to a language model"),
        (Row("bi-encoder", "bert"), ("--instruction", "判断"), "leave out --template, --answers and --instruction"),
        (Row("decoder", "qwen3", "plain"), (), "--answers yes no --template FILE"),
        (Row("decoder", "qwen3", "plain"), ("--answers", "yes", "no", "--template", "TEMPLATE"), "give --instruction"),
    ],
)
def test_what_a_family_has_no_use_for_is_refused_by_name(family_folder, template, caplog, row, given, said):
    own = [template if one == "TEMPLATE" else one for one in given]
    run("explain", Q, T, "--model", family_folder(row), *own, status=1)
    assert said in caplog.text


def test_a_calibration_is_taken_and_refused_where_it_cannot_be(family_folder, tmp_path, capsys, caplog):
    reranker, rows = family_folder(Row("cross-encoder", "bert")), tmp_path / "rows.tsv"
    pairs = [(f"{Q}{number}", f"{T}{number // 2}") for number in range(60)]
    scores = [one.score for one in Explainer.from_pretrained(reranker).predict(pairs)]
    lines = [f"{q}\t{t}\t{int(score > sorted(scores)[30])}\n" for (q, t), score in zip(pairs, scores, strict=True)]
    rows.write_text("".join(lines), encoding="utf-8")
    stored = tmp_path / "calibration.json"
    run("calibrate", reranker, rows, "-o", stored)
    run("explain", Q, T, "--model", reranker, "--calibration", stored, "--json")
    said = capsys.readouterr().out.splitlines()[-1]
    expected = Explainer.from_pretrained(reranker, calibration=stored).predict((Q, T))
    assert json.loads(said)["probability"] == pytest.approx(expected.probability, abs=1e-6)
    run("explain", Q, T, "--model", family_folder(Row("three labels", "bert")), "--calibration", stored, status=1)
    assert f"{stored}: its scaling is platt, not that of such models; run yiju calibrate again" in caplog.text
