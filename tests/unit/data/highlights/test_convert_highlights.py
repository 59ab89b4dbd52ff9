"""Highlights of annotation tools through the command line: what becomes gold, and what is left out and why."""

import json

import pytest

from yiju.app.cli import main as yiju
from yiju.data.items import read_gold, read_items

pytestmark = pytest.mark.usefixtures("yiju_log")

ITEMS = [
    {"id": 1, "query": "花呗怎么开", "title": "怎么开通花呗", "label": 1},
    {"id": "2", "query": "😀天气好吗", "title": "OPPO手机", "text_q_seg": ["😀", "天气", "好", "吗"]}
    | {"text_t_seg": ["OPPO", "手机"]},
    {"id": 3, "query": "花呗怎么开", "title": "怎么开通花呗"},
]
TABLE = ["item,side,start,end,label,annotator", "1,q,0,2,1,a", "1,t,4,6,1,a"]


@pytest.fixture
def convert(tmp_path, capsys):
    """Convert highlights, given as file names with content; gold by id, what was left out, and what was said."""

    def converted(files, *switches, items=ITEMS, max_bad=1.0, status=0):
        (tmp_path / "items.jsonl").write_text(as_lines(items), encoding="utf-8")
        paths = []
        for name, content in files.items():
            paths.append(tmp_path / name)
            paths[-1].parent.mkdir(exist_ok=True)
            paths[-1].write_text(content if isinstance(content, str) else as_lines(content), encoding="utf-8")
        out = tmp_path / "gold.jsonl"
        arguments = [str(tmp_path / "items.jsonl"), *map(str, paths), "-o", str(out), "--max-bad", str(max_bad)]
        with pytest.raises(SystemExit) as end:
            yiju(["convert-highlights", *arguments, *switches])
        assert (end.value.code or 0) == status
        if status:
            assert not out.exists() and not (tmp_path / "gold.quarantined.jsonl").exists()
            return {}, [], capsys.readouterr()
        left_out = [json.loads(line) for line in (tmp_path / "gold.quarantined.jsonl").read_text().splitlines()]
        return read_gold(out, read_items(tmp_path / "items.jsonl")), left_out, capsys.readouterr()

    return converted


def as_lines(rows):
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def sets(*parts):
    return tuple(frozenset(part) for part in parts)


# A task of Label Studio as it exports them: two Text tags, labels on them, and a choice.
def mark(side, start, end, text=None, kind="labels", **more):
    value = {"start": start, "end": end, kind: ["evidence"]} | ({"text": text} if text else {}) | more
    return {"id": "x1", "from_name": "evidence", "to_name": side, "type": kind, "value": value, "origin": "manual"}


def choice(name):
    return {"from_name": "label", "to_name": "q", "type": "choices", "value": {"choices": [name]}}


def task(item, *annotations, **data):
    told = [
        {"id": number, "completed_by": number % 2, "was_cancelled": False, "result": list(results)}
        for number, results in enumerate(annotations, start=10 * item)
    ]
    found = {key: value for key, value in ITEMS[item - 1].items() if key in ("id", "query", "title", "label")} | data
    return {"id": 900 + item, "data": found, "annotations": told, "predictions": []}


def test_label_studio(convert):
    first = [mark("q", 0, 2, "花呗"), mark("title", 4, 6, "花呗"), {"type": "relation", "from_id": "x1", "to_id": "x2"}]
    second = [mark("q", 0, 5, "花呗怎么开"), mark("t", 2, 6, "开通花呗", kind="hypertextlabels"), choice("similar")]
    tasks = [task(1, first, second), task(2, [mark("q", 1, 3, "天气"), mark("t", 4, 6, "手机"), choice("0")])]
    gold, left_out, said = convert({"export.json": json.dumps(tasks, ensure_ascii=False, indent=1)})
    assert (gold["1"].label, gold["1"].q, gold["1"].t) == (1, sets((0, 1), range(5)), sets((4, 5), range(2, 6)))
    assert (gold["2"].label, gold["2"].q, gold["2"].t) == (0, sets((1,)), sets((1,)))
    assert left_out == [] and set(gold) == {"1", "2"}
    assert "gold of 2 items from 3 annotations" in said.out


def test_offsets_of_browsers_are_told_by_the_highlighted_text(convert):
    """An emoji is two UTF-16 units: 天气 lies at 2 to 4 for a browser, and at 1 to 3 in characters."""
    tasks = [task(2, [mark("q", 2, 4, "天气"), mark("t", 4, 6), choice("0")])]
    gold, _, _ = convert({"export.json": tasks})
    assert gold["2"].q == sets((1,))
    # Whole texts have global offsets beside those of their parts.
    inside = mark("q", "/text()[1]", "/text()[1]", "天气", globalOffsets={"start": 1, "end": 3})
    gold, _, _ = convert({"export.json": [task(2, [inside, mark("t", 4, 6), choice("0")])]})
    assert gold["2"].q == sets((1,))


def test_a_highlight_that_is_not_what_was_highlighted_is_left_out(convert):
    wrong = [mark("q", 0, 2, "怎么"), mark("t", 0, 2, "怎么")]
    gold, left_out, _ = convert({"export.json": [task(1, wrong, [mark("q", 2, 4, "怎么")])]})
    assert gold["1"].q == sets((2, 3)) and gold["1"].t == sets(())
    (one,) = left_out
    assert "characters 0 to 2 of side q are '花呗', but '怎么' was highlighted" in one["reason"]
    assert one["row"]["result"][0]["value"]["text"] == "怎么" and "export.json line 1" in one["place"]


def test_skipped_tasks_and_names_of_the_user(convert):
    skipped = task(1, [mark("q", 0, 1)])
    skipped["annotations"][0]["was_cancelled"] = True
    odd = task(3, [mark("句一", 0, 2, "花呗"), mark("other", 3, 5, kind="labels"), choice("同义")], label=None)
    odd["annotations"][0]["result"][1]["value"]["labels"] = ["doubt"]
    names = ["--q", "句一", "--t", "other", "--similar", "同义", "--only", "evidence"]
    # What people skip is no fault of the file.
    gold, left_out, said = convert({"export.json": [skipped, odd]}, *names, max_bad=0)
    assert gold["3"].q == sets((0, 1)) and gold["3"].t == sets(()) and gold["3"].label == 1
    assert [one["reason"] for one in left_out] == ["skipped by its annotator"]
    assert "1: skipped by its annotator" in said.out


def test_the_label_of_most_annotations_counts(convert):
    marks = [mark("q", 0, 1), mark("t", 0, 1)]
    three = task(1, [*marks, choice("1")], [*marks, choice("1")], [mark("q", 4, 5), choice("0")])
    tied = task(2, [*marks, choice("1")], [*marks, choice("0")])
    gold, left_out, _ = convert({"export.json": [three, tied]}, max_bad=0)
    assert gold["1"].label == 1 and gold["1"].q == sets((0,)) and set(gold) == {"1"}
    assert sorted(one["reason"] for one in left_out) == [
        *["as many annotations of this item give the one label as the other"] * 2,
        "most annotations of this item give another label",
    ]


@pytest.mark.parametrize("spans", ["label", "labels", "entities", "objects"])
def test_doccano_with_both_sentences_in_one_text(convert, spans):
    text, places = "花呗怎么开\n怎么开通花呗", [[0, 2, "evidence"], [10, 12, "evidence"]]
    if spans == "objects":
        places = [{"id": 1, "label": name, "start_offset": start, "end_offset": end} for start, end, name in places]
    record = {"id": 7, "text": text, spans.replace("objects", "entities"): places, "sent_label": 1, "Comments": []}
    gold, left_out, _ = convert({"all.jsonl": [record | {"item": 1}]})
    assert (gold["1"].q, gold["1"].t, gold["1"].label) == (sets((0, 1)), sets((4, 5)), 1)
    # Two items have these texts: which one is meant is not told.
    gold, left_out, said = convert({"all.jsonl": [record | {"item": 3}, record]})
    assert set(gold) == {"3"} and "its texts are those of several: 1, 3" in left_out[0]["reason"]
    assert "all.jsonl line 2: names no item" in said.err


def test_doccano_with_a_record_for_each_sentence(convert):
    first = {"id": 7, "text": "花呗怎么开", "label": [[0, 2, "x"]], "item": 1, "side": "q", "sent_label": "1"}
    second = {"id": 8, "text": "怎么开通花呗", "label": [[4, 6, "x"]], "meta": {"item": "1", "side": "title"}}
    gold, _, _ = convert({"all.jsonl": [first, second]})
    assert (gold["1"].q, gold["1"].t) == (sets((0, 1)), sets((4, 5)))
    other = [first | {"label": [[0, 5, "x"]]}, second | {"label": []}]
    # One file a person, as doccano exports projects that are not shared.
    gold, _, _ = convert({"anna.jsonl": [first, second], "bo.jsonl": other})
    assert (gold["1"].q, gold["1"].t) == (sets((0, 1), range(5)), sets((4, 5)))
    lone = first | {"item": 3}
    _, left_out, _ = convert({"all.jsonl": [first, second, lone, first | {"item": None}]})
    assert {one["reason"].split(";")[0] for one in left_out} == {
        "of item 3 only one sentence was annotated",
        "one sentence of a pair without `item`: it is not known of which pair",
    }


def test_doccano_highlights_across_and_between_the_sentences(convert):
    record = {"text": "花呗怎么开 | 怎么开通花呗", "entities": [[3, 10, "x"]], "cats": ["similar"], "item": 1}
    gold, _, _ = convert({"all.jsonl": [record]})
    assert (gold["1"].q, gold["1"].t) == (sets((3, 4)), sets((0, 1)))
    between = record | {"entities": [[5, 8, "x"]], "item": 3}
    other = record | {"text": "花呗", "item": 3, "annotator": "bo"}
    _, left_out, _ = convert({"all.jsonl": [record, between, other]})
    assert {one["reason"] for one in left_out} == {
        *("the highlight 5 to 8 lies between the two sentences", "its text is not that of item 3"),
    }


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_a_table_of_spans(convert, kind):
    rows = [line.split(",") for line in [*TABLE, "1,q,0,5,1,b", "1,t,,,1,b", "2,query,1,3,0,a", "2,title,4,6,,a"]]
    if kind == "jsonl":
        content = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    else:
        # As spreadsheets write it: with a byte-order mark and CR LF.
        separator = {"csv": ",", "tsv": "\t"}[kind]
        content = "\ufeff" + "".join(separator.join(row) + "\r\n" for row in rows)
    gold, left_out, _ = convert({f"spans.{kind}": content})
    assert (gold["1"].q, gold["1"].t) == (sets((0, 1), range(5)), sets((4, 5)))
    assert (gold["2"].label, gold["2"].q, gold["2"].t) == (0, sets((1,)), sets((1,)))
    assert not left_out


def test_a_wrong_row_takes_its_annotation_with_it(convert):
    rows = [
        *TABLE,
        "1,q,4,9,1,b",
        "1,t,0,1,1,b",
        "9,q,0,1,1,a",
        "3,x,0,1,1,a",
        "3,q,0,1,maybe,b",
        "3,q,2",
        "3,q,3,3,1,c",
    ]
    gold, left_out, said = convert({"spans.csv": rows})
    assert gold["1"].q == sets((0, 1)) and set(gold) == {"1"}
    reasons = [one["reason"] for one in left_out]
    assert any("4 to 9 is not inside side q, which has 5 characters" in reason for reason in reasons)
    assert any("item 9 is none of the test file" in reason for reason in reasons)
    assert any("side 'x' is neither of q, query, t, title" in reason for reason in reasons)
    assert any("label 'maybe' is none of" in reason for reason in reasons)
    assert any(reason == "3 fields; the first line names 6" for reason in reasons)
    assert any("3 to 3 is not inside side q" in reason for reason in reasons)
    # The row of b that is right is not used without the one that is not.
    assert len(left_out) == 7 and "1,t,0,1,1,b" in [one["row"] for one in left_out]
    assert "7 rows left out" in said.out


def test_a_row_that_is_wrong_in_itself_spoils_the_others_of_its_annotation(convert):
    rows = [*TABLE, "1,q,3,4,1,b", "1,nowhere,0,1,1,b"]
    gold, left_out, _ = convert({"spans.csv": rows})
    assert gold["1"].q == sets((0, 1))
    assert any("belongs to the annotation that is wrong at" in one["reason"] for one in left_out)


def test_a_segment_that_is_touched_counts_whole(convert):
    gold, _, said = convert({"spans.csv": [TABLE[0], "2,t,1,3,1,a", "2,q,2,3,1,a"]})
    assert gold["2"].t == sets((0,)) and gold["2"].q == sets((1,))
    assert "2 highlights begin or end inside a segment" in said.out


def test_too_much_that_is_wrong_fails_and_nothing_is_written(convert, caplog):
    _, _, said = convert({"spans.csv": [*TABLE, "9,q,0,1,1,a"]}, max_bad=0.3, status=1)
    assert "1 of 3 rows cannot be used, more than --max-bad (30.00%)" in caplog.text
    assert "spans.csv line 4: item 9 is none of the test file" in said.err


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"spans.csv": "a,b\n1,2\n"}, "the first line has to name the columns item, side, start and end"),
        ({"min.json": '[{"id": 1, "query": "x", "evidence": [], "annotator": 1}]'}, "not “JSON-MIN”"),
        ({"notes.pdf": "x"}, "give --format"),
        ({"spans.csv": "item,side,start,end,label\n"}, "tells no rationale of any item"),
        ({"spans.csv": "item,side,start,end\n1,q,0,1\n"}, "1 of 1 rows cannot be used"),
    ],
)
def test_what_is_no_file_of_highlights_is_refused(convert, caplog, files, message):
    convert(files, max_bad=0.5, status=1)
    assert message in caplog.text


def test_a_name_cannot_mean_both(convert, caplog):
    convert({"spans.csv": TABLE}, "--q", "句", "--t", "句", status=1)
    assert "'句' is given as a name of either side" in caplog.text


def test_the_file_that_is_read_is_not_replaced(tmp_path, caplog):
    with pytest.raises(SystemExit) as end:
        (tmp_path / "items.jsonl").write_text(as_lines(ITEMS), encoding="utf-8")
        (tmp_path / "s.csv").write_text(as_lines(TABLE), encoding="utf-8")
        yiju(
            [
                "convert-highlights",
                str(tmp_path / "items.jsonl"),
                str(tmp_path / "s.csv"),
                "-o",
                str(tmp_path / "s.csv"),
            ]
        )
    assert end.value.code == 1 and "is a file that is read" in caplog.text
    assert (tmp_path / "s.csv").read_text(encoding="utf-8") == as_lines(TABLE)
