"""An audit of files: what is found in a file, and between two of them."""

import numpy as np
import polars as pl
import pytest

from yiju.data.audit.audit_files import audit_files
from yiju.data.audit.odd_characters import ODD
from yiju.data.audit.pair_table import EXAMPLES, PairFile
from yiju.data.corpora.rows import READ

WORDS = ("手机", "号码", "怎么", "修改", "密码", "忘记", "登录", "注册", "账号", "头像", "更换", "多久", "天气", "北京")


def pair_file(name, rows, labelled=True):
    """A file of rows (q, t, label) or (q, t, label, reason), counted from line 1."""
    table = [(line, "", *row[:3], row[3] if len(row) > 3 else None, len(row) > 3) for line, row in enumerate(rows, 1)]
    return PairFile(name, labelled, pl.DataFrame(table, schema=READ, orient="row"))


def audit(*files):
    return audit_files(files, similarity=0.8, sample=20_000, seed=111)


def only(rows):
    (found,) = audit(pair_file("a.csv", rows))["files"]
    return found


def lines_of(rows):
    return [row["line"] for row in rows]


def test_rows_labels_and_lengths():
    found = only([("一二三", "四", 1), ("五六七八", "九", 0), ("一", "二", None), ("x", "", None, "empty sentence")])
    assert (found["rows"], found["pairs"]) == (4, 3)
    assert found["labels"] == {"similar": 1, "not_similar": 1, "none": 1}
    assert found["characters"] == {"median": 1.0, "most": 4, "line": 2}
    assert found["no_pairs"] == {
        "rows": 1,
        "reasons": {"empty sentence": 1},
        "lines": [{"line": 4, "reason": "empty sentence"}],
    }


def test_a_pair_again_is_a_duplicate_in_either_order_and_but_for_punctuation():
    found = only([("一二", "三四", 1), ("三四？", "一二", 1), ("一二", "三四", 1), ("五", "六", 1)])
    assert found["duplicates"]["rows"] == 2 and lines_of(found["duplicates"]["examples"]) == [2, 3]
    assert found["conflicts"]["pairs"] == 0


def test_a_pair_with_both_labels_is_a_conflict_with_all_its_rows():
    found = only([("一二", "三四", 1), ("五", "六", 0), ("三四！", "一二", 0), ("五", "六", 0)])
    conflicts = found["conflicts"]
    assert (conflicts["pairs"], conflicts["rows"]) == (1, 2)
    assert [lines_of(rows) for rows in conflicts["examples"]] == [[1, 3]]
    # Its rows are no contradictions on top of that.
    assert found["contradictions"]["rows"] == 0


def test_a_label_that_others_contradict_is_shown_with_them():
    rows = [("甲", "乙", 1), ("乙", "丙", 1), ("丁", "戊", 0), ("丙", "甲", 0), ("丙", "丁", 0)]
    found = only(rows)["contradictions"]
    assert found["rows"] == 1
    (one,) = found["examples"]
    assert one["line"] == 4 and sorted(lines_of(one["by"])) == [1, 2]


def test_the_shortest_contradictions_come_first():
    chain = [(f"句{place}", f"句{place + 1}", 1) for place in range(9)]
    found = only([*chain, ("句0", "句9", 0), ("句0", "句2", 0)])["contradictions"]
    assert found["rows"] == 2 and [one["line"] for one in found["examples"]] == [11, 10]
    assert [len(one["by"]) for one in found["examples"]] == [2, 9]


def test_two_equal_sentences_called_not_similar():
    found = only([("怎么开通", "怎么开通？", 0), ("怎么开通", "怎么开通", 1)])["equal_sentences"]
    assert (found["rows"], found["not_similar"], lines_of(found["examples"])) == (2, 1, [1])


ODD_TEXTS = ("花\ufffd呗", "锟斤拷", "花\x08呗", "花\ue000呗", "花\u200b呗", "⽤户", "花呗&nbsp;怎么")


@pytest.mark.parametrize(("kind", "text"), list(zip(ODD, ODD_TEXTS, strict=True)), ids=list(ODD))
def test_each_kind_of_odd_characters_and_no_other(kind, text):
    found = only([("怎么开通", text, 1), ("👨‍👩‍👧 好", "ＡＢＣ１２３、a<b，R&D；100%", 0)])["odd_characters"]
    assert [(one["kind"], one["rows"], lines_of(one["examples"])) for one in found] == [(kind, 1, [1])]


def test_examples_are_few_and_counts_are_whole():
    found = only([("一二", "三四", 1)] * 40)["duplicates"]
    assert found["rows"] == 39 and len(found["examples"]) == EXAMPLES


def drawn(count, seed=1):
    random = np.random.default_rng(seed)
    return ["".join(random.choice(WORDS, 5)) for _ in range(count)]


def test_a_shortcut_is_found_where_one_sentence_tells_the_label():
    sides = zip(drawn(400), drawn(400, 2), strict=True)
    rows = [(("请问" if place % 2 else "") + q, t, place % 2) for place, (q, t) in enumerate(sides)]
    shortcuts = only(rows)["shortcuts"]
    assert "first_sentence" in shortcuts["warnings"] and "second_sentence" not in shortcuts["warnings"]
    assert shortcuts["pairs"] == 400


def test_few_rows_and_files_without_labels_are_not_looked_at_for_shortcuts():
    labelled = pair_file("few.csv", [("一", "二", 1)])
    bare = pair_file("bare.csv", [("一", "二", None)] * 3, labelled=False)
    few, none = audit(labelled, bare)["files"]
    assert few["shortcuts"]["why"] == "fewer than 100"
    assert none["shortcuts"] is None and none["labels"] is None


def test_pairs_that_two_files_share():
    rows = [("手机怎么修改密码", "忘记密码怎么办", 1), ("北京天气", "上海天气", 0), ("甲", "乙", 1)]
    train = pair_file("train", [*rows, ("戊", "己", 1), ("庚", "辛", 1)])
    test = pair_file(
        "test",
        [
            ("忘记密码怎么办", "手机怎么修改密码", 1),
            ("北京天气！", "上海天气", 1),
            ("手机怎么修改密码呢", "忘记密码怎么办呀", 1),
            ("丙", "丁", 0),
        ],
    )
    # The one with fewer pairs is looked at for pairs of the other one, in whichever order they are given.
    (found,) = audit(test, train)["between"]
    assert (found["first"], found["second"], found["pairs"]) == ("train", "test", 4)
    assert (found["exact"], found["normalised"], found["other_label"], found["near"]) == (1, 2, 1, 1)
    assert (found["sentences"], found["of_sentences"]) == (4, 8)
    assert [(one["here"]["line"], one["there"]["line"]) for one in found["examples"]] == [(1, 1), (2, 2), (1, 3)]


def test_files_that_share_nothing_and_a_file_without_pairs():
    empty = pair_file("empty", [("x", "", None, "empty sentence")])
    found = audit(pair_file("one", [("甲", "乙", 1)]), empty, pair_file("two", [("丙", "丁", 0)]))
    assert found["files"][1]["pairs"] == 0 and found["files"][1]["characters"]["line"] is None
    assert all(one["normalised"] == one["near"] == one["sentences"] == 0 for one in found["between"])


def test_the_same_files_give_the_same_audit():
    rows = [list(zip(drawn(150, seed), drawn(150, seed + 1), [0, 1, 1] * 50, strict=True)) for seed in (3, 7)]
    files = [pair_file(name, own) for name, own in zip("ab", rows, strict=True)]
    assert audit(*files) == audit(*files)
