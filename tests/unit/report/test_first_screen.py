"""What the page begins with: what was asked, on what and when, the answers in words, the menu, and terms explained."""

import json
import re
from html import unescape

from unit.report.small_run import estimate
from unit.report.test_report_page import first_screen, page

from yiju.report.glossary import terms


def test_title_and_first_lines_say_what_was_asked_on_what_and_when(tmp_path):
    html = page(tmp_path)
    assert "<title>small: can this model be used? – yiju report</title>" in html
    text = first_screen(html)
    assert text.startswith(" 依据 yiju report Can the model of the run small be used? It was asked whether two Chinese")
    learnt = json.loads((tmp_path / "augmentation.json").read_text())["after"]["pairs"]
    assert f"It learnt that from {learnt:,} pairs of A. It is measured here on 4,167 pairs of test." in text
    assert "Recorded 2026-05-04 03:02 UTC." in text


def test_the_first_screen_answers_what_a_reader_must_decide(tmp_path):
    html = page(tmp_path)
    text = first_screen(html)
    for said in (
        "Can it be used? ▲ It may be used for pairs like those of test: there it does better than a rule that counts",
        "How good is it? ▲ Right for 90.0 % of 4,167 pairs of test; with 95 % confidence for 85.0 % to 95.0 %. That is "
        "+30.0 [+25.0, +35.0] points compared with a rule that counts shared characters (60.0 %)",
        "Do its explanations hold? ▲ The rationales by one hold on told",
        "by +25.0 points for “similar” (90 % of the judgements kept by it alone)",
        "From where on is a pair similar? From a probability of 53.1 % on (decision margin 0.125), chosen by 800 dev",
    ):
        assert said in text
    assert '<div class="above"><dt><a href="#metrics">Can it be used?' in html
    weak = {"test": estimate("model_minus_overlap", -0.2)}
    html = page(tmp_path, metrics=weak)
    assert "▼ Do not use it: a rule that counts shared characters (60.0 %) does better" in first_screen(html)
    assert '<div class="below"><dt><a href="#metrics">Can it be used?' in html


def test_a_threshold_that_was_configured_is_said_to_be(tmp_path):
    text = first_screen(page(tmp_path, finetune={"calibrate": False, "decision_threshold": 0.97}))
    assert "as configured (decision margin 0.940)" in text


def test_the_menu_has_every_section_in_the_order_of_the_page(tmp_path):
    html = page(tmp_path)
    listed = re.findall(r'href="#([a-z]+)"', html.split('class="menu"')[1].split("</nav>")[0])
    assert listed == ["answers", *re.findall(r'<section id="([a-z]+)"', html)]
    assert listed.index("examples") < listed.index("metrics") < listed.index("corpora")


def test_terms_are_explained_where_they_stand(tmp_path):
    html = page(tmp_path)
    for section, word in (("calibration", "temperature"), ("leakage", "leak"), ("explanations", "rationale")):
        own = html.split(f'<section id="{section}"')[1].split("</section>")[0]
        assert f"<dt>{word}</dt><dd>{terms(word)[0].meaning}</dd>" in unescape(own)
