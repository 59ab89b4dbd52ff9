"""`yiju explain`: what it prints for people and for programs."""

import json
from dataclasses import replace

import pytest
from command_line import COLOUR, run
from toys import SENTENCES

from yiju import Explainer
from yiju.app.cli import explain

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = SENTENCES[:2]
ERRORS = ((0.3, 0.6, 0.1, 0.1), (0.1, 0.1, 0.1, 0.1))
MATRIX = ((0.5, 1.25, -0.3, 0.004), (0.1, -12.5, 0.9, None))


def test_an_explanation_in_the_terminal(marked_model, capsys):
    run("explain", Q, f"{T}\x1b[2J\n", "--model", marked_model, "--matrix", "gradients", "--method", "occlusion")
    said = capsys.readouterr().out
    (one,) = Explainer.from_pretrained(marked_model).explain([(Q, f"{T}\x1b[2J\n")], "occlusion")
    plain = COLOUR.sub("", said)
    assert f"p(similar) {one.probability:.3f}  by occlusion" in plain
    assert f"q  {Q}\n" in plain.translate(dict.fromkeys(map(ord, "【】")))
    # What steers a terminal is shown, not obeyed.
    assert "\x1b[2J" not in said
    best = one.sides[0].rationale[0]
    assert f"q  {best.text}{best.score:+.3f}" in plain
    assert "which acts with which, by gradients, approximate" in plain


@pytest.fixture
def with_matrix(marked_model):
    """An explanation of which the matrix is given, and its standard errors."""
    (one,) = Explainer.from_pretrained(marked_model).explain(
        [("花呗", "多少 iPhone 钱")], "occlusion", matrix="shapley"
    )
    return lambda matrix, error: replace(one, matrix=matrix, matrix_error=error, matrix_samples=error and 100)


def test_a_matrix_without_colours_shows_its_cells_as_numbers_and_names_the_strongest(with_matrix):
    said = explain.lines(with_matrix(MATRIX, None))
    plain = [COLOUR.sub("", line).rstrip() for line in said][-6:]
    assert plain == [
        "   多  少  iPhone 钱",
        "花 +.50+1.2-.30",
        "呗 +.10-12 +.90",
        "together  花–少+1.250  呗–iPhone+0.900  花–多+0.500  呗–多+0.100",
        "instead   呗–少-12.500  花–iPhone-0.300",
        "links     呗–少-12.500",
    ]
    nothing = explain.lines(with_matrix(((0.0,) * 4,) * 2, None))
    assert nothing[-3:] == ["together  no cell", "instead   no cell", "links     no link"]


def test_cells_that_may_be_chance_have_no_colour_and_are_not_named(with_matrix):
    one = with_matrix(MATRIX, ERRORS)
    said = explain.lines(one)
    plain = [COLOUR.sub("", line) for line in said]
    assert plain[-4] == "together  花–少+1.250±0.600  呗–iPhone+0.900±0.100"
    assert plain[-3] == "instead   呗–少-12.500±0.100  花–iPhone-0.300±0.100"
    assert "their standard errors go up to 0.60. Of 8 cells, 3 are less than 2 standard errors away from 0" in plain[-1]
    # 0.5 ± 0.3 is no colour, and 1.25 ± 0.6 is one; where no error is known, 0.5 has a colour too.
    assert f"\x1b[48;2;255;255;255m{' ' * 4}" in said[-6]
    html, sure = one.to_html(), with_matrix(MATRIX, None).to_html()
    uncoloured, title = "rgba(118, 70, 150, 0.000)", '<td title="0.5000 ± 0.3000"'
    assert html.count(uncoloured) > sure.count(uncoloured) and title in html
    assert "such cells have no colour" in html and "such cells have no colour" not in sure


def test_the_matrix_is_exact_unless_gradients_are_asked_for(marked_model, capsys):
    (exact,), (approximate,) = (
        Explainer.from_pretrained(marked_model).explain([(Q, T)], matrix=form) for form in ("occlusion", "gradients")
    )
    for switch, wanted in (((), exact), (("occlusion",), exact), (("gradients",), approximate)):
        run("explain", Q, T, "--model", marked_model, "--json", "--matrix", *switch)
        found = json.loads(capsys.readouterr().out)["matrix"]
        assert [value for row in found for value in row] == pytest.approx(
            [value for row in wanted.matrix for value in row], abs=1e-6
        )


def test_what_was_not_read_is_struck_through_and_has_no_number(marked_model, capsys):
    run("explain", Q * 9, T, "--model", marked_model, "--matrix", "--method", "occlusion")
    said = capsys.readouterr().out
    assert "〔〕 not read\n" in said and "〕\n" in said
    assert "nan" not in said and "None" not in said
    run("compare", Q * 9, T, "--model", marked_model, "--method", "occlusion", "--method", "gradient_l2")
    said = capsys.readouterr().out
    assert "agreement of the scores" in said
    assert "nan" not in said


@pytest.mark.parametrize("switch", ["--json", "--html"])
def test_an_explanation_for_programs(marked_model, capsys, switch):
    run("explain", Q, T, "--model", marked_model, "--method", "integrated_gradients", "--set", "steps=3", switch)
    said = capsys.readouterr().out
    (one,) = Explainer.from_pretrained(marked_model).explain([(Q, T)], "integrated_gradients", steps=3)
    assert said == (one.to_html() if switch == "--html" else json.dumps(one.to_dict(), ensure_ascii=False)) + "\n"


def test_words_of_a_list_and_sentences_are_units_on_request(marked_model, tmp_path, capsys):
    (tmp_path / "words.txt").write_text("花呗\n开通\n", encoding="utf-8")
    by_words = ("--units", "words", "--words", tmp_path / "words.txt")
    run("explain", "怎么开通花呗", "花呗。怎样开通", "--model", marked_model, "--json", *by_words)
    one = json.loads(capsys.readouterr().out)
    assert one["units"] == "words"
    assert [part["text"] for part in one["q_segments"]] == ["怎", "么", "开通", "花呗"]
    run("explain", "怎么开通花呗", "花呗。怎样开通", "--model", marked_model, "--units", "sentences", "--matrix")
    said = COLOUR.sub("", capsys.readouterr().out)
    assert "sentence" in said and "character" not in said.split("\n\n")[1]


def test_a_list_of_words_that_is_none_is_refused(marked_model, tmp_path, caplog):
    run("explain", Q, T, "--model", marked_model, "--units", "words", "--words", tmp_path / "none.txt", status=1)
    assert "--words: " in caplog.text and "No such file" in caplog.text
