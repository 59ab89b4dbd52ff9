"""The page in a real browser."""

import json
import re
from pathlib import Path

import pytest
from at_hand import needs_browser
from toys import SENTENCES

pytest.importorskip("playwright", reason="playwright is not installed (requirements/dev.txt)")

from browsing import answered, browser

from yiju.app.web.limits import CHARACTERS
from yiju.explain.strength import FLOOR

pytestmark = needs_browser
Q, T = SENTENCES[:2]
HOSTILE = [
    ("<script>document.title='broken'</script>", "<img src=x onerror=\"document.title='broken'\">"),
    ('"><svg onload=document.title=1>&lt;b&gt;', "'; alert(1) //</textarea><b>"),
    ("花\u202e呗\u200f开\u2066通", "\x00\x07花\x1b[2J呗\ufeff\u200b"),
    ("مرحبا 花呗 שלום", "🏳️‍🌈👩‍👩‍👧 e\u0301 𠮷"),
]
# Seen by whoever reads the page: light and dark, phone and desk.
VIEWS = [
    *(("light", 1280), ("dark", 320)),
    *(pytest.param(*other, marks=pytest.mark.slow) for other in (("dark", 1280), ("light", 390))),
]


@pytest.fixture(scope="module")
def chrome():
    with browser() as opened:
        yield opened


@pytest.fixture
def page(chrome, server):
    """A page of the server, in English, that must neither fail in its scripts nor ask any other server."""
    with opened(chrome, server) as page:
        yield page


class opened:
    def __init__(self, chrome, server, address="/", **options):
        self.context = chrome.new_context(locale=options.pop("locale", "en-US"), **options)
        self.page, self.wrong, self.server = self.context.new_page(), [], server
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.note(said.text))
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.page.on("request", lambda asked: self.foreign(asked.url))
        self.page.goto(server.url + address)
        self.page.wait_for_selector("#method option", state="attached")

    def note(self, text):
        # Refusals are answers too; Chromium puts them into the console.
        if "Failed to load resource" not in text:
            self.wrong.append(text)

    def foreign(self, url):
        if not url.startswith((self.server.url, "data:", "blob:")):
            self.wrong.append(url)

    def __enter__(self):
        return self.page

    def __exit__(self, *_):
        self.context.close()
        assert self.wrong == []


def ask(page, q, t):
    page.fill("#q", q)
    page.fill("#t", t)
    page.click("#go")
    answered(page)


def shown(page, side):
    return [one.inner_text() for one in page.query_selector_all(f"#{side}-side .seg bdi")]


def test_a_pair_is_judged_and_explained(page, server):
    found = server.post("/api/explain", {"q": Q, "t": T, "method": "occlusion", "matrix": True, "curve": True}).json
    ask(page, Q, T)
    turned = server.post("/api/counterfactual", {"q": Q, "t": T}).json
    assert page.inner_text("#verdict") == ("Similar" if found["label"] else "Not similar")
    assert f"{100 * found['probability']:.1f} %" in page.inner_text("#scale")
    assert shown(page, "q") == list(Q)
    assert shown(page, "t") == list(T)
    picked = [part["text"] for part in found["q_segments"] if part["rank"] and part["score"] > 0]
    assert [one.inner_text() for one in page.query_selector_all("#q-side .picked bdi")] == picked
    first = [(side, part["start"]) for side in "qt" for part in found[f"{side}_segments"] if part["rank"] == 1]
    assert first
    for side, place in first:
        assert page.get_attribute(f"#{side}-side .seg >> nth={place}", "title").endswith("rank 1")
    assert len(page.query_selector_all("#curve circle")) == len(found["curve"])
    assert f"from {100 * found['curve'][0]:.1f} % to {100 * found['curve'][3]:.1f} % after 3" in page.inner_text(
        "#curve-said"
    )
    if turned["found"]:
        hidden = [Q[index] for index in turned["q"]] + [T[index] for index in turned["t"]]
        assert all(f"「{one}」" in page.inner_text("#turn") for one in hidden)
    else:
        assert "does not turn the judgement" in page.inner_text("#turn")


def test_lines_join_the_spans_of_links_and_the_tables_hold_links_and_cells(page):
    """A bar below the span of q, one above that of t, and a curve between them; its look is that of the sign."""
    cells = [[0.0] * len(T) for _ in Q]
    cells[0][1], cells[1][2], cells[2][0], cells[3][3] = 0.8, -0.4, FLOOR / 2, None
    links = [{"q": [0, 2], "t": [1, 4], "score": 0.8}, {"q": [2, 3], "t": [0, 1], "score": -0.4}]

    def answer(route):
        asked = route.fetch()
        own = {"matrix": cells, "links": links} if route.request.post_data_json.get("matrix") else {}
        route.fulfill(response=asked, json=asked.json() | own)

    page.route("**/api/explain", answer)
    ask(page, Q, T)
    drawn = page.query_selector_all("#lines path")
    ends = [tuple(one.get_attribute(name) for name in ("class", "data-q", "data-t")) for one in drawn]
    assert ends == [("line together", "0-2", "1-4"), ("line instead", "2-3", "0-1")]
    assert len(page.query_selector_all("#legend .key.together, #legend .key.instead")) == 2
    box = page.query_selector("#evidence").bounding_box()
    for one, link in zip(drawn, links, strict=True):
        bars = re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", one.get_attribute("d"))
        assert len(bars) == 2
        for bar, side in zip(bars, "qt", strict=True):
            parts = page.query_selector_all(f"#{side}-side .seg")[slice(*link[side])]
            first, last = parts[0].bounding_box(), parts[-1].bounding_box()
            edges = first["x"] - box["x"], last["x"] + last["width"] - box["x"]
            assert [float(end) for end in bar] == pytest.approx([edges[0] + 3, edges[1] - 3], abs=0.5)
    page.evaluate("() => document.querySelector('details').setAttribute('open', '')")
    told = page.inner_text("#tables")
    assert f"{Q[:2]}\t{T[1:4]}\t0.800" in told and f"{Q[1]}\t{T[2]}\t-0.400" in told


def test_unknown_and_unread_characters_are_marked_and_said(page):
    ask(page, Q, T)
    assert page.query_selector_all("#told p") == []
    assert page.query_selector_all(".seg.unknown, .seg.unread, .key.unknown, .key.unread") == []
    ask(page, f"龘{Q}", f"{T * 6}🐶")
    assert [one.inner_text() for one in page.query_selector_all(".seg.unknown bdi")] == ["龘", "🐶"]
    unread = page.query_selector_all("#t-side .seg.unread bdi")
    assert unread[-1].inner_text() == "🐶"
    told = page.inner_text("#told")
    assert "Characters unknown to the model's vocabulary: 2 (marked)." in told
    assert "half of a sentence or more is unknown" not in told
    assert "its end was cut off" in told
    assert len(page.query_selector_all("#legend .key.unknown, #legend .key.unread")) == 2
    ask(page, "龘靐花", T)
    (warning,) = page.query_selector_all("#told .problem")
    assert "Do not rely on this judgement: half of a sentence or more is unknown" in warning.inner_text()
    assert "Do not rely on this judgement" in page.inner_text("#status")


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
        assert ("The model gives it." in told, "The model is wrong here." in told) == (right, not right)
    # The last one is the same characters in another order.
    assert "same characters in another order" in page.inner_text("#told .problem")
    page.click("[data-language=zh]")
    assert "正确答案" in page.inner_text("#examples") and "顺序不同" in page.inner_text("#told")


def test_the_model_is_named_with_its_accuracy_or_as_unknown(page):
    assert "Nothing is known of this model's accuracy" in page.inner_text("#model")
    assert "above 50.0 %" in page.inner_text("#model")
    about = {"name": "<b>mine", "corpora": ["A", "B"], "synthetic": True, "threshold": 0.4, "reordered": None}
    figures = {"set": "test", "pairs": 800, "value": 0.9, "low": 0.88, "high": 0.92, "overlap": 0.95}
    about["accuracy"] = [figures | {"beside_overlap": "below", "synthetic": True, "chose": True}]
    script = "async (offer) => (await import('/notes.js')).introduction(offer).join(' ')"
    said = page.evaluate(script, {"about": about, "threshold": 0.5})
    assert said == (
        "The model <b>mine learnt from pairs of A, B. Their rows are synthetic: nothing follows for the real corpus or "
        "for real sentences. It is right for 90.0 % [88.0 %, 92.0 %] of 800 synthetic pairs of test; a rule that "
        "counts shared characters for 95.0 %. These pairs chose it and so flatter it. Do not use it: a rule that "
        "counts shared characters does better. It judges a pair similar above 50.0 %. The figures are of a threshold "
        "of 40.0 %."
    )


def test_what_speaks_against_is_told_apart_by_more_than_colour(page, server):
    """Both signs, each with its colour, its line and its mark."""
    for q in SENTENCES:
        found = server.post("/api/explain", {"q": q, "t": T, "method": "occlusion"}).json
        parts = found["q_segments"] + found["t_segments"]
        if min(part["score"] for part in parts) < -0.1 * max(part["score"] for part in parts):
            ask(page, q, T)
            style = "one => [getComputedStyle(one).borderBottomStyle, one.lastChild.textContent]"
            assert page.eval_on_selector(".seg.against", style) == ["dashed", "−"]
            assert page.eval_on_selector(".seg.picked", style)[0] == "solid"
            return
    raise AssertionError("nothing speaks against any judgement of the toy sentences")


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
    page.wait_for_function("() => document.querySelector('#legend').textContent.includes('not in which direction')")


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
        other.click("text=中文")
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


def test_both_languages_and_the_choice_is_kept(page, chrome, server):
    ask(page, Q, T)
    page.click("text=中文")
    assert page.get_attribute("html", "lang") == "zh"
    assert page.inner_text("#verdict") in ("相似", "不相似")
    assert page.inner_text("#go") == "判断"
    assert page.inner_text("#evidence-title") == "判断的依据"
    page.reload()
    answered(page)
    assert page.inner_text("#verdict") in ("相似", "不相似")
    with opened(chrome, server, locale="zh-CN") as other:
        assert other.inner_text("#go") == "判断"


def test_every_text_is_there_in_both_languages(page):
    words = page.evaluate("async () => (await import('/words.js')).WORDS")
    assert words["en"].keys() == words["zh"].keys()
    for kind in ("problems", "methods", "units"):
        assert words["en"][kind].keys() == words["zh"][kind].keys()
    used = page.evaluate("() => [...document.querySelectorAll('[data-word]')].map((one) => one.dataset.word)")
    assert set(used) <= words["en"].keys()
    names = re.findall(r"\{(\w+)\}", json.dumps(words["en"]))
    assert sorted(names) == sorted(re.findall(r"\{(\w+)\}", json.dumps(words["zh"], ensure_ascii=False)))
    offered = page.eval_on_selector_all("#method option", "all => all.map((one) => [one.value, one.textContent])")
    assert len(offered) > 10
    assert [name for name, title in offered if title in ("", name)] == []


def test_a_file_goes_up_and_its_result_comes_down(page, server, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text(f"{Q}\t{T}\n<b>no pair</b>\n{T}\t{Q}\n", encoding="utf-8")
    page.set_input_files("#file", path)
    page.click("#send-go")
    page.wait_for_selector("#download")
    assert page.inner_text("#file-status").startswith("2 of 3 rows judged")
    assert "line 2: expected 2 TAB-separated fields, got 1" in page.inner_text("#file-answer")
    assert len(page.query_selector_all("#file-answer tbody tr")) == 2
    for result in ("csv", "jsonl"):
        page.select_option("#result", result)
        with page.expect_download() as download:
            page.click("#download")
        assert download.value.suggested_filename == f"judged.{result}"
        wanted = server.post(f"/api/file?format=tsv&result={result}", path.read_bytes()).body
        assert Path(download.value.path()).read_bytes() == wanted


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (None, b"", "Choose a file first."),
        ("pairs.xlsx", b"", "ends in none of"),
        ("pairs.csv", b"a,b\n", "cannot be read"),
        ("pairs.tsv", b"\x1f\x8b\x08", "compressed"),
        ("pairs.tsv", b"a\tb\n" * (1 << 19), "larger than 1 MB"),
        ("pairs.jsonl", b"", "holds no rows"),
    ],
)
def test_a_file_that_is_refused_says_why(page, tmp_path, name, content, said):
    if name:
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#file", tmp_path / name)
    page.click("#send-go")
    page.wait_for_selector("#file-problem .problem")
    assert said in page.inner_text("#file-problem")


def problem(page):
    page.wait_for_selector("#problem .problem")
    return page.inner_text("#problem")


def test_bad_input_is_told_in_words(page, server):
    page.click("#go")
    assert "at least one visible character" in problem(page)
    page.fill("#q", "花" * (CHARACTERS + 1))
    page.fill("#t", T)
    assert page.inner_text("#q-note") == f"{CHARACTERS + 1} characters; at most {CHARACTERS} are taken"
    assert page.get_attribute("#q", "aria-invalid") == "true"
    page.click("#go")
    page.wait_for_function(f"() => document.querySelector('#problem').textContent.includes('{CHARACTERS} characters')")
    page.evaluate("() => { document.querySelector('#q').value = '花'.repeat(350_000) }")
    page.click("#go")
    assert "too long" in problem(page)
    ask(page, Q, T)
    assert page.query_selector("#problem .problem") is None
    assert server.get("/").status == 200


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (429, {"Retry-After": "7"}, {"error": {"code": "rate", "message": ""}}, "Try again in 7 s."),
        (500, {}, {"error": {"code": "defect", "message": ""}}, "The server made a mistake."),
        (503, {}, {"error": {"code": "slow", "message": "no answer"}}, "No answer in time."),
        (422, {}, {"error": {"code": "too_much", "message": "costs"}}, "would take too long"),
        (502, {}, None, "The server refuses this request."),
        (None, {}, None, "The server cannot be reached."),
    ],
)
def test_what_the_server_says_no_to_is_told(page, status, headers, body, said):
    def refuse(route):
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers=headers, body=json.dumps(body) if body else "<html>")

    page.route("**/api/explain", refuse)
    page.fill("#q", Q)
    page.fill("#t", T)
    page.click("#go")
    assert said in problem(page)
    assert page.is_hidden("#answer")
    page.unroute("**/api/explain")
    page.click("#go")
    answered(page)


@pytest.mark.parametrize(("q", "t"), HOSTILE)
def test_hostile_text_is_shown_and_not_obeyed(page, q, t):
    title = page.title()
    ask(page, q, t)
    page.click("summary")
    assert page.title() == title
    for name in ("script:not([src])", "img", "b", "svg:not([id]):not([role])"):
        assert page.query_selector(f"body {name}") is None
    for side, text in (("q", q), ("t", t)):
        said = page.text_content(f"#{side}-side")
        steering = [one for one in text if one in "\u202e\u200f\u2066\x00\x07\x1b\ufeff\u200b"]
        assert all(f"U+{ord(one):04X}" in said for one in steering)
        assert not any(one in said for one in steering)
    # What turns the direction of one sentence leaves the page around it alone.
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_everything_is_done_with_the_keyboard(page):
    def name():
        return page.evaluate("() => document.activeElement.id || document.activeElement.textContent.trim()")

    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(name())
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", seen[-1]
        if seen[-1] == "The API":
            break
    assert seen[:5] == ["To the sentences", "中文", "English", "q", "t"]
    assert {"go", "method", "file", "result", "send-go"} <= set(seen)

    page.reload()
    page.wait_for_selector("#method option", state="attached")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert name() == "q"
    page.keyboard.type(Q)
    page.keyboard.press("Tab")
    page.keyboard.type(T)
    page.keyboard.press("Enter")
    answered(page)
    page.keyboard.press("Tab")
    assert name() == "go"
    page.keyboard.press("Tab")
    with page.expect_response("**/api/explain"):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")
    while name() != "All figures as tables":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.is_visible("#tables table")


def test_a_screen_reader_is_told(page):
    ask(page, Q, T)
    assert page.get_attribute("#status", "aria-live") == "polite"
    assert re.match(
        r"(Not s|S)imilar; probability of being similar [\d.]+ %\. Speaks most", page.text_content("#status")
    )
    page.click("summary")
    for control in page.query_selector_all("textarea, select, input, button, a"):
        assert control.evaluate("one => (one.labels?.[0] ?? one).textContent.trim()"), control
    for picture in page.query_selector_all("svg, [role=img]"):
        told = picture.evaluate("one => one.getAttribute('aria-label') ?? one.getAttribute('aria-labelledby')")
        assert told or picture.get_attribute("aria-hidden") == "true"
    assert {one.get_attribute("lang") for one in page.query_selector_all("textarea, .sentence")} == {"zh"}
    rows = page.query_selector_all("#tables table >> nth=0 >> tbody tr")
    assert [row.query_selector("th").inner_text() for row in rows] == [*Q, *T]
    assert page.query_selector_all("table:not(:has(caption))") == []


@pytest.mark.parametrize(("scheme", "width"), VIEWS)
def test_it_fits_and_can_be_read(chrome, server, scheme, width):
    with opened(chrome, server, color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        ask(page, (Q + "VIP") * 9, T * 20)
        page.click("summary")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) >= 4.5
        assert page.eval_on_selector_all("button, select, textarea", HEIGHTS) >= 44


# Of what is shown: the choice of class is there for models of more than two labels.
HEIGHTS = "all => Math.min(...all.filter((one) => one.offsetParent).map((one) => one.offsetHeight))"
# The least contrast (WCAG) of a text with what lies behind it; what is placed outside its parent lies on the page.
CONTRAST = """() => {
  const parts = (colour) => { const c = colour.match(/[\\d.]+/g).map(Number); return [c[0], c[1], c[2], c[3] ?? 1]; };
  const behind = (one) => {
    const [style, own] = [getComputedStyle(one), parts(getComputedStyle(one).backgroundColor)];
    if (own[3] === 1) return own;
    const under = behind(style.position === "absolute" ? document.body : one.parentElement);
    return [0, 1, 2].map((i) => own[i] * own[3] + under[i] * (1 - own[3])).concat(1);
  };
  const light = (c) => {
    const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = c.slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const written = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const seen = (one) => one.getClientRects().length && !one.closest("svg");
  const texts = [...document.querySelectorAll("body *")].filter((one) => written(one) && seen(one));
  return Math.min(...texts.map((one) => {
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
}"""


def test_nothing_moves_for_those_who_do_not_want_it(chrome, server):
    with opened(chrome, server, reduced_motion="reduce") as page:
        ask(page, Q, T)
        assert page.evaluate("() => getComputedStyle(document.querySelector('.track .dot')).transitionDuration") == "0s"


def test_the_api_describes_itself(chrome, server):
    context = chrome.new_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{server.url}/docs")
    page.wait_for_selector("#schemas section")
    for path in ("/api/methods", "/api/predict", "/api/explain", "/api/counterfactual", "/api/file"):
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
