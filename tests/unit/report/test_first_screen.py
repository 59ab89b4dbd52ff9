"""What the page begins with: what was asked, on what and when, the answers in words, the menu, and terms explained."""

import json
import re
from html import unescape

from unit.report.rendered import first_screen, page, words
from unit.report.small_run import estimate, small_run

from yiju.report.glossary import terms
from yiju.report.page import gather, render
from yiju.report.sections.faithfulness_section import read_faithfulness, verdict


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
        "by +25.0 points for “similar” (97 % of the judgements kept by it alone)",
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


def test_synthetic_rows_are_said_on_the_first_screen(tmp_path):
    made = {"corpora": ["A"], "test_sets": ["told"]}
    text = words(render(gather(small_run(tmp_path), tmp_path / "nowhere", made)))
    first, rest = text.split("Words used here", 1)
    assert "Do not use it for real sentences: the rows of A are synthetic" in first
    assert "For synthetic pairs like those of test it does better than a rule that counts" in first
    assert "It holds for synthetic pairs only." in first
    assert "Synthetic rows : A generator wrote the rows of the one corpus" in first
    assert "pairs of A (synthetic)" in first
    assert "dev 4,167 labelled synthetic pairs" in rest
    assert "A (synthetic)" in rest
    assert "synthetic" not in words(page(tmp_path))
    only = words(render(gather(small_run(tmp_path), tmp_path / "nowhere", {"corpora": [], "test_sets": ["told"]})))
    assert "told 4,167 labelled synthetic pairs" in only and "dev 4,167 labelled pairs" in only
    assert "Do not use it for real sentences" not in only


def test_the_first_screen_says_whether_explanations_hold_and_the_rest_by_how_much(tmp_path):
    html = page(tmp_path)
    first, rest = first_screen(html), words(html)
    assert "▲ The rationales by one hold on told: judgements rest on them more than on random segments." in first
    assert "▲ The rationales by two hold on told" in first
    assert "told, one: 200 pairs; points of p(label) beyond random" in rest
    assert "not similar ▲ +25.0 ▲ +25.0 97 %" in rest
    assert "one deleted similar 120 30.0 % [25.0 %, 35.0 %] ▲ 0.250 [0.200, 0.300]" in rest
    assert "two masked not similar 80" in rest
    assert "one, beyond random ▲ 0.400 [0.350, 0.450] ▲ -0.400 [-0.450, -0.350]" in rest


def test_where_explanations_do_not_hold_the_first_screen_says_so(tmp_path):
    def changed(name, value):
        return {f"{name}{end}": value + add for end, add in (("", 0.0), (".low", -0.05), (".high", 0.05))}

    page(tmp_path)
    file = tmp_path / "told.faithfulness.json"
    found = json.loads(file.read_text(encoding="utf-8"))

    def verdict_of(**others):
        file.write_text(json.dumps(found | others), encoding="utf-8")
        return verdict(read_faithfulness("told", file, ["one"]), "one")

    assert verdict_of().sign == "above"
    failing = verdict_of(**changed("one.delete.alone.beyond_random.not_similar", 0.04))
    assert failing.sign == "below"
    assert failing.text.startswith(
        "Do not rely on the explanations by one of judgements “not similar” (nothing else left): on told"
    )
    losing = verdict_of(**changed("one.delete.kept.similar", 0.94))
    assert losing.sign == "below"
    assert losing.text.endswith("on told the rationale alone keeps too few of the judgements “similar” (94\xa0%).")
    both = verdict_of(
        **changed("one.delete.alone.beyond_random.not_similar", 0.04), **changed("one.delete.kept.similar", 0.94)
    )
    assert both.text == f"{failing.text} {losing.text}"
    # A label that fails is named once.
    same = {"one.delete.alone.beyond_random.not_similar": 0.04, "one.delete.kept.not_similar": 0.94}
    assert (
        verdict_of(**{key: one for name, value in same.items() for key, one in changed(name, value).items()}).text
        == failing.text
    )
    # What [MASK] says does not change the verdict, and a label that is not there is named.
    assert verdict_of(**changed("one.mask.alone.beyond_random.similar", -0.5)).sign == "above"
    alone = verdict_of(**{"pairs.similar": 0})
    assert alone.sign == "level" and "No pair is judged similar" in alone.text
