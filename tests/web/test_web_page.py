"""The page in a real browser: a pair is judged, explained, and can be asked about again."""

import json
import re

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")

from browsing import answered, ask, opened

pytestmark = needs_browser
Q, T = SENTENCES[:2]


def shown(page, side):
    return [one.inner_text() for one in page.query_selector_all(f"#{side}-side .seg bdi")]


def test_a_pair_is_judged_and_explained(page, server):
    found = server.post("/api/explain", {"q": Q, "t": T, "method": "occlusion", "matrix": True, "curve": True}).json
    ask(page, Q, T)
    turned = server.post("/api/counterfactual", {"q": Q, "t": T}).json
    assert page.inner_text("#verdict") == ("Similar" if found["label"] else "Not similar")
    assert f"{100 * found['probability']:.1f}\N{NO-BREAK SPACE}%" in page.inner_text("#scale")
    assert shown(page, "q") == list(Q)
    assert shown(page, "t") == list(T)
    picked = [part["text"] for part in found["q_segments"] if part["rank"] and part["score"] > 0]
    assert [one.inner_text() for one in page.query_selector_all("#q-side .picked bdi")] == picked
    first = [(side, part["start"]) for side in "qt" for part in found[f"{side}_segments"] if part["rank"] == 1]
    assert first
    for side, place in first:
        assert page.get_attribute(f"#{side}-side .seg >> nth={place}", "title").endswith("rank 1")
    assert len(page.query_selector_all("#curve circle")) == len(found["curve"])
    begin, end = (f"{100 * found['curve'][count]:.1f}\N{NO-BREAK SPACE}%" for count in (0, 3))
    assert f"Hiding the 3 strongest characters takes the probability of the judgement from {begin} to {end}." in (
        page.inner_text("#curve-said")
    )
    if turned["found"]:
        hidden = [Q[index] for index in turned["q"]] + [T[index] for index in turned["t"]]
        assert all(f"“{one}”" in page.inner_text("#turn") for one in hidden)
    else:
        assert "The judgement stays the same" in page.inner_text("#turn")


def test_an_example_carries_its_right_answer_and_says_where_the_model_is_wrong(page):
    buttons = page.query_selector_all("#examples button")
    answers = [one.query_selector(".right").inner_text() for one in buttons]
    assert set(answers) == {"right answer: similar", "right answer: not similar"}
    for place, answer in enumerate(answers):
        page.query_selector_all("#examples button")[place].click()
        answered(page)
        told, wanted = page.inner_text("#told"), answer.removeprefix("right answer: ")
        assert f"The right answer to this example is “{wanted}”." in told
        right = page.inner_text("#verdict").lower() == wanted
        assert ("The model is right." in told, "The model is wrong here." in told) == (right, not right)
    # The last one is the same characters in another order.
    assert "same characters in a different order" in page.inner_text("#told .problem")
    page.click("[data-language=zh]")
    assert "正确答案" in page.inner_text("#examples") and "顺序不同" in page.inner_text("#told")


def test_the_model_is_named_with_its_accuracy_or_as_unknown(page):
    assert "The accuracy of this model is unknown" in page.inner_text("#model")
    assert "above 50.0\N{NO-BREAK SPACE}%" in page.inner_text("#model")
    about = {"name": "<b>mine", "corpora": ["A", "B"], "synthetic": True, "threshold": 0.4, "reordered": None}
    figures = {"set": "test", "pairs": 800, "value": 0.9, "low": 0.88, "high": 0.92, "overlap": 0.95}
    about["accuracy"] = [figures | {"beside_overlap": "below", "synthetic": True, "chose": True}]
    script = "async (offer) => (await import('/notes.js')).introduction(offer).join(' ')"
    said = page.evaluate(script, {"about": about, "threshold": 0.5})
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "The model <b>mine was trained on pairs of A, B. These pairs are synthetic: they say nothing about the real "
        "corpus or about real sentences. It is right for 90.0 % [88.0 %, 92.0 %] of 800 synthetic pairs of test; a "
        "rule that counts shared characters is right for 95.0 %. The model was chosen by these pairs, so this figure "
        "is too high. Do not use it: a rule that counts shared characters is better. It judges a pair as similar when "
        "the probability of being similar is above 50.0 %. The figures were measured with a threshold of 40.0 %."
    )
    said = page.evaluate(script, {"about": about | {"quantised": True}, "threshold": 0.5})
    assert "better. These figures were measured before the weights were quantised to 8 bits. It judges" in said


@pytest.mark.parametrize(
    ("gap", "told"), [(None, False), (0.001, False), (-0.001, False), (0.0011, True), (-0.011, True), (0.5, True)]
)
def test_a_sum_that_the_scores_miss_is_told(page, gap, told):
    """From a hundredth of the sum on, as `yiju.explain.grounds` says it."""
    own = {"gap": gap, "apart": True, "q_segments": [{"score": 0.1}, {"score": None}], "t_segments": [{"score": 0.0}]}
    script = "async (answer) => (await import('/notes.js')).noise(answer)"
    missed = f"The scores miss the sum that the method promises by {abs(gap or 0):.3f}: "
    assert page.evaluate(script, own) == [f"{missed}its steps or samples are too few."] * told


def test_the_first_counterfactual_that_turns_is_told(page, server):
    for q in SENTENCES:
        for t in SENTENCES:
            turned = server.post("/api/counterfactual", {"q": q, "t": t}).json
            if turned["found"] and turned["q"] and turned["t"]:
                ask(page, q, t)
                said = page.inner_text("#turn")
                assert "in the first sentence and" in said
                assert f"“{'not similar' if turned['label'] else 'similar'}”" in said
                return
    raise AssertionError("no pair of the toy sentences turns by both sides")


def test_another_method_explains_the_same_judgement(page):
    ask(page, Q, T)
    before = page.get_attribute("#q-side .seg >> nth=0", "title")
    with page.expect_response("**/api/explain"):
        page.select_option("#method", "integrated_gradients")
    page.wait_for_function("before => document.querySelector('#q-side .seg').title !== before", arg=before)
    assert "method=integrated_gradients" in page.url
    page.select_option("#method", "gradient_l2")
    page.wait_for_function("() => document.querySelector('#legend').textContent.includes('not whether it speaks for')")


def test_words_and_sentences_are_explained_on_request(page, chrome, server):
    q, t = f"{Q}。{T}", T
    ask(page, q, t)
    assert page.eval_on_selector_all("#q-side .seg", "all => all.length") == len(q)
    with page.expect_response("**/api/explain"):
        page.select_option("#units", "sentences")
    page.wait_for_function("() => document.querySelectorAll('#q-side .seg').length === 2")
    answered(page)
    assert "units=sentences" in page.url
    said = " ".join(page.inner_text(part) for part in ("#carried", "#alone", "#curve-said", "#curve"))
    assert "sentences" in said and "character" not in said
    assert page.text_content("#tables th >> nth=0") == "Sentence"
    with opened(chrome, server, page.url.removeprefix(server.url)) as other:
        answered(other)
        other.click("text=简体")
        assert other.eval_on_selector_all("#units option", "all => all.map((one) => one.textContent)")[1:3] == [
            "词",
            "句子",
        ]


def test_a_link_brings_the_same_answer(page, chrome, server):
    page.click("#examples button >> nth=0")
    answered(page)
    said = page.inner_text("#answer")
    address = page.url.removeprefix(server.url)
    assert address.startswith("/#q=")
    with opened(chrome, server, address) as other:
        answered(other)
        assert other.inner_text("#answer") == said


def test_the_api_describes_itself(chrome, server):
    context = chrome.new_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{server.url}/docs")
    page.wait_for_selector("#schemas section")
    for path in ("/api/methods", "/api/predict", "/api/explain", "/api/counterfactual", "/api/columns", "/api/file"):
        assert path in page.inner_text("#paths")
    assert all(url.startswith(server.url) for url in asked)
    command = page.inner_text("#paths pre >> nth=1")
    body = json.loads(re.search(r"-d '(.*)'", command)[1])
    assert server.post("/api/predict", body).status == 200
    context.close()


def test_an_emoji_that_is_joined_of_several_is_one_segment_and_stays_whole(page):
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    ask(page, f"花呗{family}吗", "花呗吗")
    assert shown(page, "q") == ["花", "呗", family, "吗"]
    assert "U+200D" not in page.text_content("#q-side")
