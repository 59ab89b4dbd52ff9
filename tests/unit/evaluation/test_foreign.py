"""Anybody's submission against items and gold, through the command line: figures by hand, and what is refused."""

import json

import pytest

from yiju.app.cli import main as yiju

pytestmark = pytest.mark.usefixtures("yiju_log")

ITEMS = [
    {"id": 1, "query": "甲乙丙", "title": "甲丁", "sample_type": "ori", "rel_ids": ["2"]},
    {"id": "2", "query": "甲乙戊", "title": "丁甲", "sample_type": "disturb"},
    {"id": 3, "query": "子丑", "title": "寅"},
]
GOLD = [
    {"sent_id": 1, "sent_label": 1, "rationale_q_idx": [0, 1], "rationale_t_idx": ["0"]},
    # Two sets on side q: the best one counts.
    {"sent_id": 2, "sent_label": 0, "rationale_q_idx": ["0,1", "2"], "rationale_t_idx": "0,1"},
    {"sent_id": 3, "sent_label": 1, "rationale_q_idx": [0], "rationale_t_idx": [0]},
]
# Item 1: q right, of t one of two; label right. Item 2: q the second set, t half; label wrong. Item 3: missing.
LINES = ["1\t1\t1,0\t0,1", "2\t1\t2\t1"]


def main(arguments):
    with pytest.raises(SystemExit) as end:
        yiju(["evaluate", *arguments])
    if end.value.code:
        raise end.value


@pytest.fixture
def files(tmp_path):
    def write(name, rows):
        text = "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


def scored(files, tmp_path, *switches, items=ITEMS, lines=LINES, gold=GOLD):
    out = tmp_path / "metrics.json"
    arguments = [files("items.txt", items), files("submission.txt", lines)]
    if gold:
        arguments += ["--gold", files("gold.txt", gold)]
    main([*arguments, *switches, "--out", str(out), "--bootstrap", "100"])
    return json.loads(out.read_text())


def refused(files, tmp_path, caplog, *switches, **changes):
    with pytest.raises(SystemExit) as end:
        scored(files, tmp_path, *switches, **changes)
    assert end.value.code == 1
    assert not (tmp_path / "metrics.json").exists()
    return caplog.text.replace(f"{tmp_path}/", "")


def test_figures_by_hand(files, tmp_path, capsys):
    found = scored(files, tmp_path)
    counts = {"items": 3, "predicted": 2, "gold": 3, "disturbed_pairs": 1, "repeated": 0}
    assert {key: found[key] for key in counts} == counts
    # A missing item is wrong, and counts among the gold items.
    assert found["submission.accuracy"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["majority.accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["submission.token_f1"] == pytest.approx(((1 + 2 / 3) / 2 + (1 + 2 / 3) / 2 + 0) / 3, abs=1e-6)
    assert found["submission.iou_f1"] == pytest.approx((1 + 1 + 0) / 3, abs=1e-6)
    # D of q is 戊, which is not in O; D of t is 甲, with which O begins.
    assert (found["submission.map_q"], found["submission.map_t"], found["submission.map"]) == (0, 1, 0.5)
    # All in order: q 甲乙戊 after 甲乙丙, (1 + 1 + 2/3) / 3; t 丁甲 after 甲丁, (0 + 1) / 2.
    assert found["trivial_all.map_q"] == pytest.approx(8 / 9, abs=1e-6)
    assert found["trivial_all.map"] == pytest.approx((8 / 9 + 1 / 2) / 2, abs=1e-6)
    assert {key.split(".")[0] for key in found if "." in key} == {
        *("submission", "majority", "trivial_all", "trivial_shared_first", "trivial_random"),
    }
    assert found["submission.token_f1.low"] <= found["submission.token_f1"] <= found["submission.token_f1.high"]
    said = capsys.readouterr().out
    assert "2 of 3 items in the submission, 3 with gold, 1 disturbed forms; 0 items name an index twice" in said
    assert "submission                      0.3333 [" in said
    assert "trivial: random segments" in said


def test_each_switch_by_hand(files, tmp_path):
    matched = scored(files, tmp_path, "--matched-only")
    assert matched["submission.token_f1"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-6)
    assert matched["submission.accuracy"] == pytest.approx(1 / 3, abs=1e-6)
    # The rule is measured on the same items: all of 1 and 2, q 2 of 3, t 1 of 2 and all.
    assert matched["trivial_all.token_f1"] == pytest.approx((4 / 5 + 2 / 3 + 4 / 5 + 1) / 4, abs=1e-6)
    strict = scored(files, tmp_path, "--strict-iou")
    assert strict["submission.iou_f1"] == pytest.approx((0.5 + 0.5 + 0) / 3, abs=1e-6)


def test_repeated_indices_are_refused_or_counted_once_or_each_time(files, tmp_path, caplog):
    lines = ["1\t1\t1,0\t0,0", *LINES[1:]]
    message = refused(files, tmp_path, caplog, lines=lines)
    assert "submission.txt line 1: t index 0 comes twice; give every index once" in message
    once = scored(files, tmp_path, "--repeated", "once", lines=lines)
    assert once["repeated"] == 1
    assert once["submission.token_f1"] == pytest.approx((1 + (1 + 2 / 3) / 2) / 3, abs=1e-6)
    counted = scored(files, tmp_path, "--repeated", "counted", lines=lines)
    # 1 of 2 given, all found: 2/3.
    assert counted["submission.token_f1"] == pytest.approx(((1 + 2 / 3) / 2 + (1 + 2 / 3) / 2) / 3, abs=1e-6)


def test_without_gold_there_is_consistency_alone(files, tmp_path):
    found = scored(files, tmp_path, gold=None)
    assert {key.split(".")[1] for key in found if key.count(".") == 1} == {"map", "map_q", "map_t"}


def test_disturbed_forms_are_guessed_where_the_set_does_not_name_them(files, tmp_path, caplog):
    bare = [{key: item[key] for key in ("id", "query", "title")} for item in ITEMS]
    bare[1]["title"] = bare[0]["title"]
    assert scored(files, tmp_path, items=bare)["disturbed_pairs"] == 0
    assert scored(files, tmp_path, "--last-original", "1", items=bare, gold=None)["disturbed_pairs"] == 1
    (tmp_path / "metrics.json").unlink()
    message = refused(files, tmp_path, caplog, items=bare, gold=None)
    assert "items.txt: names no disturbed forms" in message
    assert "give --gold, or --last-original" in message


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"lines": [*LINES, "4\t1\t0\t0"]}, "submission.txt line 3: id 4 is no item of the test file"),
        ({"lines": [LINES[0], "2\t1\t0\t0,2"]}, "submission.txt line 2: t index 2 is outside 0..1"),
        ({"lines": [*LINES, "", LINES[0]]}, "submission.txt line 4: id 1 again, first on line 1"),
        ({"lines": [LINES[0], "2\tja\t0\t0"]}, "submission.txt line 2: label 'ja'; expected 0 or 1"),
        ({"lines": [LINES[0], "2\t1\t0 1\t0"]}, "submission.txt line 2: q index '0 1' is no number from 0"),
        ({"lines": ["1\t1\t-1\t0"]}, "submission.txt line 1: q index '-1' is no number from 0"),
        ({"lines": ["1\t1\t0"]}, "submission.txt line 1: expected 4 TAB-separated fields"),
        ({"lines": []}, "submission.txt: holds no lines"),
        ({"lines": ["3\t1\t0\t0"], "gold": GOLD[:2]}, "submission.txt: holds none of the 2 items with gold"),
        ({"gold": [*GOLD[:2], GOLD[0]]}, "gold.txt line 3: sent_id 1 again, first on line 1"),
        ({"gold": [GOLD[0] | {"sent_id": 7}]}, "gold.txt line 1: sent_id 7 is no item of the test file"),
        ({"gold": [GOLD[0] | {"rationale_q_idx": [0, 3]}]}, "gold.txt line 1: rationale_q_idx 3 is outside 0..2"),
        ({"gold": [GOLD[0] | {"rationale_t_idx": [0, 0]}]}, "gold.txt line 1: rationale_t_idx holds 0 twice"),
        ({"gold": [GOLD[0] | {"rationale_q_idx": [0.5]}]}, "gold.txt line 1: rationale_q_idx holds 0.5"),
        ({"gold": [GOLD[0] | {"sent_label": 2}]}, "gold.txt line 1: sent_label is 2; expected 0 or 1"),
        ({"items": [ITEMS[0], ITEMS[1], ITEMS[0]]}, "items.txt line 3: id 1 again, first on line 1"),
        ({"items": [ITEMS[0]]}, "items.txt line 1: rel_ids names 2, which is no item of this file"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(files, tmp_path, caplog, changes, says):
    assert says in refused(files, tmp_path, caplog, **changes)


def test_a_missing_file_is_named(files, tmp_path, caplog):
    with pytest.raises(SystemExit):
        main([files("items.txt", ITEMS), str(tmp_path / "nowhere.txt")])
    assert "nowhere.txt: no such file" in caplog.text


@pytest.mark.parametrize("switch", [("--repeated", "twice"), ("--seed", "-1"), ("--bootstrap", "9"), ("--iou", "1")])
def test_a_wrong_switch_is_refused_before_anything_is_read(switch, capsys):
    with pytest.raises(SystemExit) as end:
        main(["items.txt", "submission.txt", *switch])
    assert end.value.code == 2
    assert switch[0] in capsys.readouterr().err


def test_the_same_call_gives_the_same_bytes(files, tmp_path):
    first = scored(files, tmp_path)
    assert scored(files, tmp_path) == first
    assert scored(files, tmp_path, "--seed", "1") != first


def test_gold_sets_may_be_joined(files, tmp_path):
    lines = ["1\t1\t1,0\t0,1", "2\t1\t2,0,1\t1"]
    best = scored(files, tmp_path, lines=lines)["submission.token_f1"]
    # On side q of item 2 both gold sets together are what was given: 1 in place of 4/5.
    joined = scored(files, tmp_path, "--gold-sets", "union", lines=lines)["submission.token_f1"]
    assert joined - best == pytest.approx((1 - 4 / 5) / 2 / 3, abs=2e-6)
