"""Text of others for a terminal: nothing steers it, nothing hides, and JSON stays the same JSON."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.console import Shown
from yiju.base.printable import shown

STEERING = [
    *map(chr, (*range(9), *range(11, 32), *range(0x7F, 0xA0))),
    *"\xad\u200b\u200c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
]


@pytest.mark.parametrize("character", STEERING)
def test_what_steers_is_written_out(character):
    assert shown(f"花{character}呗") == f"花\\u{ord(character):04x}呗"


def test_what_is_seen_stays():
    text = "怎么开通花呗？ VIP　手机😀 👨\u200d👩 é\t1\n2 \ue000"
    assert shown(text) == text


@given(st.text())
def test_json_stays_the_same_json(text):
    told = shown(json.dumps({"q": text}, ensure_ascii=False))
    assert json.loads(told) == {"q": text}
    assert not set(STEERING) & set(told)
    told.encode()


def test_the_log_is_shown_with_its_arguments_and_traces():
    try:
        raise ValueError("bad \x1b[2J value")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord("yiju", logging.ERROR, "", 0, "\u202eof %s", ("\x1b[31mfile\x9b.tsv",), trace)
    line = Shown("%(message)s").format(record)
    assert line.startswith("\\u202eof \\u001b[31mfile\\u009b.tsv\n")
    assert "bad \\u001b[2J value" in line
    assert not set(STEERING) & set(line)
