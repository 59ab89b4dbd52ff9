"""The explorer's data and program: whole, harmless whatever the texts say, within bounds; and that it works."""

import base64
import hashlib
import json
import re
from html import unescape

import pytest
from at_hand import needs_browser
from unit.report.browser import dump
from unit.report.small_run import REAL, examined, small_run

from yiju.report.explorer import BUDGET, compact, embed, read_lines, script, within_budget
from yiju.report.page import gather, render, render_report

HOSTILE = "</script><script>alert(1)</script><!--]]>&\u2028\"'\\"
DATA = re.compile(r'<script type="application/json" id="explorer-data">(.*?)</script>', re.DOTALL)


def page(folder, **shape):
    return render(gather(small_run(folder, **shape), folder / "nowhere", REAL))


def embedded(html):
    (found,) = DATA.findall(html)
    return json.loads(found)


def test_the_page_holds_every_example_as_it_was_written(tmp_path):
    inputs = small_run(tmp_path)
    data = embedded(render(gather(inputs, tmp_path / "nowhere", REAL)))
    assert data["methods"] == ["one", "two"]
    assert data["examples"] == [compact(line) for line in read_lines(inputs["examined"])]
    assert len(data["examples"]) == 8


def test_no_text_can_leave_the_data(tmp_path):
    html = page(tmp_path, sentences=(HOSTILE, HOSTILE[:-1]))
    (found,) = DATA.findall(html)
    assert not set(found) & set("<>&\u2028\u2029")
    assert json.loads(found)["examples"][0]["q"]["text"] == HOSTILE
    assert embed(HOSTILE) == json.dumps(HOSTILE, ensure_ascii=False).translate(
        {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028"}
    )


def test_the_policy_allows_the_program_of_the_page_and_no_other(tmp_path):
    html = page(tmp_path)
    (program,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert "use strict" in program
    digest = base64.b64encode(hashlib.sha256(program.encode("utf-8")).digest()).decode("ascii")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert f"script-src 'sha256-{digest}'" in policy.replace("&#39;", "'")
    assert "default-src 'none'" in policy.replace("&#39;", "'")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", program)
    assert program == script()[0]


def test_a_colour_is_that_of_the_effect_and_the_sentence_says_what_carries_the_judgement():
    line = next(iter(examined(("dev",), ("one",), ("甲乙", "丙丁"))))
    line["methods"]["one"] = line["methods"]["one"] | {"q": [0.7, -0.01], "t": [-9.0, None]}
    found = compact(line)
    # On t a score against the label has an effect for it, and the other segment was not read.
    assert (found["methods"]["one"]["q_colours"], found["methods"]["one"]["t_colours"]) == ([0.5, -0.3], [0.0, 0.0])
    assert found["carried"].startswith(
        "Single characters carry the judgement: its probability falls from 90.0% to 54.6%"
    )
    assert "without 甲 (first sentence)" in found["carried"]
    assert "q_effects" not in found


def test_a_matrix_is_kept_to_a_thousandth_of_its_largest_cell():
    line = next(iter(examined(("dev",), ("one",), ("甲乙", "丙丁"))))
    found = compact(line | {"matrix": [[0.5, -0.25], [0.0, 0.12345]]})["matrix"]
    cells = [[cell * found["step"] for cell in row] for row in found["cells"]]
    assert [cell for row in cells for cell in row] == pytest.approx([0.5, -0.25, 0.0, 0.12345], abs=5e-4)
    assert compact(line | {"matrix": None})["matrix"] is None
    assert compact(line | {"matrix": [[0.5, None]]})["matrix"]["cells"][0][1] is None
    assert compact(line | {"matrix": [[0.0]]})["matrix"]["cells"] == [[0]]
    assert compact(line | {"matrix": []})["matrix"]["cells"] == []


def test_what_is_too_much_for_a_page_is_cut_from_every_set_alike():
    lines = [one | {"item": str(place)} for place, one in enumerate([*examined("ab", ("one",), ("甲乙", "丙丁"))] * 5)]
    size = len(str(embed(compact(lines[0]))).encode())
    kept = within_budget(lines, budget=7 * size + 20)
    assert len(kept) == 7
    assert sorted(one["set"] for one in kept) == ["a"] * 4 + ["b"] * 3
    assert [one["item"] for one in kept] == sorted((one["item"] for one in kept), key=int)
    assert within_budget(lines) == lines


@pytest.mark.slow
def test_the_largest_page_is_under_five_megabytes(tmp_path):
    """As many examples as are ever drawn, of long sentences with large matrices, and figures of the largest runs."""
    inputs = small_run(tmp_path)
    text = "字" * 50
    long = {"text": text, "spans": [[place, place + 1] for place in range(50)], "unknown": [], "gold": None}
    method = {"q": [-0.1234] * 50, "t": [-0.1234] * 50, "q_ranked": [*range(50)], "t_ranked": [*range(50)]}
    method |= {"curve": [0.1234] * 13}
    effects = {"q_effects": [-0.1234] * 50, "t_effects": [-0.1234] * 50}
    lines = [
        one
        | {"q": long, "t": long, "matrix": [[-0.01234] * 50] * 50, "methods": dict.fromkeys(("one", "two"), method)}
        | effects
        for one in [*examined([f"set{n}" for n in range(6)], ("one", "two"), ("甲乙", "丙丁"))] * 20
    ]
    (tmp_path / "examples.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    render_report(inputs, tmp_path / "nowhere", REAL, tmp_path / "index.html")
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    (found,) = DATA.findall(html)
    assert 0.95 * BUDGET < len(found.encode("utf-8")) <= BUDGET + 1000
    # The figures of a run of 19 corpora have 1.2 MB; they are kept small where they are drawn.
    assert len(html.encode("utf-8")) < 2_300_000
    said = re.search(r"The page has room for (\d+) of 240; all are in examples.jsonl", html)
    assert 0 < int(said[1]) < 240


def test_without_programs_a_fixed_selection_is_shown(tmp_path):
    html = page(tmp_path)
    assert '<div id="explorer" hidden>' in html
    assert '<div id="examples-static">' in html


def test_without_examples_there_is_no_explorer(tmp_path):
    inputs = small_run(tmp_path)
    (tmp_path / "examples.jsonl").write_text("", encoding="utf-8")
    html = render(gather(inputs, tmp_path / "nowhere", REAL))
    assert 'id="explorer"' not in html
    assert 'id="examples-static"' in html


# What a reader does, one thing after another, and what is to be seen then; run inside the page.
SESSION = """
const seen = {};
const root = document.getElementById("explorer");
const form = root.querySelector("form");
const count = () => root.querySelectorAll(".found-list > li").length;
const set = (name, value) => {
  form.elements[name].value = value;
  form.dispatchEvent(new Event("input", { bubbles: true }));
};
const key = (name) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
seen.visible = !root.hidden && root.offsetHeight > 0;
seen.fixed = getComputedStyle(document.getElementById("examples-static")).display;
seen.begun = count();
root.querySelector(".more").click();
seen.all = count();
seen.focused = document.activeElement.closest("li") === root.querySelectorAll(".found-list > li")[4];
seen.sets = [...form.elements.set.options].map((one) => one.value);
set("set", "told");
seen.told = count();
set("outcome", "wrong");
seen.wrong = root.querySelector(".found").textContent;
set("outcome", "");
set("find", "2 今天");
seen.found = [...root.querySelectorAll(".found-list .place")].map((one) => one.textContent);
set("find", "none of that");
seen.nothing = root.querySelector(".found").textContent;
set("find", "");
set("set", "");
set("method", "two");
const card = root.querySelector("article");
const pieces = [...card.querySelectorAll(".piece")];
seen.text = [...card.querySelectorAll(".sentence [lang]")].map((one) => one.textContent);
seen.titles = pieces.map((one) => one.title);
seen.looks = pieces.map((one) => one.className);
const button = card.querySelector("button");
button.click();
seen.expanded = button.getAttribute("aria-expanded");
seen.deletion = card.querySelector(".deletion").textContent;
seen.curve = card.querySelector("svg title").textContent;
seen.cells = card.querySelectorAll(".matrix td[tabindex]").length;
card.querySelector('.matrix td[tabindex="0"]').focus();
seen.first = card.querySelector(".cell-told").textContent;
key("ArrowRight");
key("ArrowDown");
key("ArrowDown");
seen.last = card.querySelector(".cell-told").textContent;
seen.pointed = [...card.querySelectorAll(".pointed")].map((one) => one.dataset.place);
seen.stops = card.querySelectorAll('.matrix td[tabindex="0"]').length;
button.click();
seen.closed = card.querySelector(".closer").hidden;
seen.scripts = document.querySelectorAll("script").length;
return seen;
"""


def looked_at(folder, html, program):
    """What a program finds that runs inside the page, as values. program: the body of a function."""
    # The page's own policy would refuse a second program, as it should: see below.
    loose = re.sub(r"script-src [^\"]*", "script-src 'unsafe-inline'", html)
    told = 'const told = document.createElement("pre"); told.id = "seen"; document.body.append(told);'
    whole = f"<script>{{ {told} told.textContent = JSON.stringify((() => {{ {program} }})()); }}</script></body>"
    (folder / "page.html").write_text(loose.replace("</body>", whole), encoding="utf-8")
    return json.loads(unescape(re.search(r'<pre id="seen">(.*?)</pre>', dump(folder / "page.html", folder))[1]))


@pytest.mark.slow
@needs_browser
def test_a_browser_explores_the_examples(tmp_path):
    seen = looked_at(tmp_path, page(tmp_path), SESSION)
    assert seen["visible"] and seen["fixed"] == "none"
    assert (seen["begun"], seen["all"], seen["told"], seen["focused"]) == (4, 8, 2, True)
    assert seen["sets"] == ["", "dev", "test", "told", "untold"]
    assert seen["wrong"] == "1 of 8 examples, 1 of them wrong"
    assert seen["found"] == ["told, A, item 2"]
    assert seen["nothing"] == "0 of 8 examples, 0 of them wrong"
    assert seen["text"] == ["今天冷吗", "天气 冷么"]
    assert seen["titles"][:2] == ["score +0.700, rank 1, gold evidence", "score −0.300, rank 2"]
    assert seen["looks"][:2] == ["piece selected gold", "piece against selected"]
    assert seen["expanded"] == "true" and seen["closed"] is True
    assert seen["deletion"].startswith(
        "Smallest deletion without which the pair is judged otherwise: 天 (sentence 1). Then it is judged not"
    )
    assert "most important first: 90.0\u00a0%, 50.0\u00a0%, 20.0\u00a0%" in seen["curve"]
    assert seen["cells"] == 4 and seen["stops"] == 1
    assert seen["first"] == "今 and 天: +0.500"
    assert seen["last"] == "天 and 气: +0.125"
    assert seen["pointed"] == ["q1", "t1"]


# Look, weight and colour of every cell of the first matrix.
CELLS = """
document.querySelector("#explorer article button").click();
const look = (one) => [Number(one.style.getPropertyValue("--weight")), getComputedStyle(one).backgroundColor];
return [...document.querySelectorAll("#explorer .matrix td[tabindex]")].map((one) => [one.className, ...look(one)]);
"""


@needs_browser
def test_a_matrix_is_violet_and_grey_on_the_scale_of_all_explanations(tmp_path):
    inputs = small_run(tmp_path)
    lines = [one | {"matrix": [[1.5, -0.25], [0.009, None]]} for one in read_lines(inputs["examined"])]
    (tmp_path / "examples.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    html = render(gather(inputs, tmp_path / "nowhere", REAL))
    (full, instead, below, unknown) = looked_at(tmp_path, html, CELLS)
    assert full == ["", 1, "rgb(118, 70, 150)"]
    assert instead[:2] == ["instead", pytest.approx(0.25, abs=2e-3)]
    # Nothing is coloured below a hundredth of a full colour.
    assert (below[:2], unknown[:2]) == (["", 0], ["", 0])
    assert "Violet, above 0: both together do what neither does alone" in html


# Look and title of the segments of the first example's second sentence.
MARKED = """
const pieces = document.querySelectorAll("#explorer li:first-child .sentence:nth-of-type(3) .piece");
return [...pieces].map((one) => [one.className, one.title]);
"""


@needs_browser
def test_what_was_not_read_and_what_is_unknown_is_marked(tmp_path):
    unknown, unread = looked_at(tmp_path, page(tmp_path), MARKED)
    assert unknown == ["piece selected gold unknown", "score +0.600, rank 1, gold evidence, not known to the model"]
    assert unread == ["piece unread", "not read by the model"]


@needs_browser
def test_hostile_texts_stay_texts_in_a_browser_and_a_foreign_program_does_not_run(tmp_path):
    html = page(tmp_path, sentences=(HOSTILE, "<img src=x onerror=alert(1)>"))
    foreign = "<script>document.body.id = 'foreign'</script></body>"
    (tmp_path / "page.html").write_text(html.replace("</body>", foreign), encoding="utf-8")
    shown = dump(tmp_path / "page.html", tmp_path)
    assert 'id="foreign"' not in shown
    assert "8 of 8 examples" in shown
    assert '<img src="x"' not in shown and "onerror=" not in re.sub(r"&lt;.*?&gt;|<script.*?</script>", "", shown)
