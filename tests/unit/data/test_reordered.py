"""Pairs whose two sentences hold the same characters in another order."""

from __future__ import annotations

import pytest

from yiju.data.reordered import is_reordered


@pytest.mark.parametrize(
    ("q", "t", "expected"),
    [
        ("北京到上海", "上海到北京", True),
        ("从北京到上海的高铁多少钱？", "从上海 到北京的高铁多少钱", True),
        ("ＡＢ到ab", "ab到BA", True),
        ("北京到上海", "北京到上海", False),
        ("北京到上海。", "北京到 上海", False),
        ("北京到上海", "上海到南京", False),
        ("哈哈到", "哈到", False),
        ("？！", "！？", True),
        # A compatibility character is the same as its usual form, and one beyond the basic block counts too.
        ("\uf900亮到", "到\u8c48亮", True),
        ("𠮷亮", "亮𠮷", True),
        ("𠮷亮", "亮𠮶", False),
    ],
)
def test_same_characters_in_another_order(q, t, expected):
    assert is_reordered(q, t) is is_reordered(t, q) is expected
