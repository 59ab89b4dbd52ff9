"""Words of Chinese texts: cut by jieba or a list, in any thread, nothing read from a shared folder."""

import marshal
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.data import word_segmentation
from yiju.data.word_segmentation import read_words, word_cutter

JIEBA = word_cutter(None)


@pytest.fixture
def unread():
    """As in a new process, in which nobody has asked for jieba's words yet."""
    word_segmentation._jieba_cutter.cache_clear()


def test_a_list_is_cut_into_the_fewest_words():
    cut = word_cutter(["手机", "今天", "天手机很", "很好用", "好用怎", "苹果"])
    assert list(cut("今天手机")) == ["今天", "手机"]
    assert list(cut("今天手机很")) == ["今", "天手机很"]
    # Of two cuts into four words the one with the longer word first.
    assert list(cut("手机很好用怎么")) == ["手机", "很好用", "怎", "么"]
    # What no list knows stands alone, and is not guessed.
    assert list(cut("怎么买VIP12苹果")) == ["怎", "么", "买", "VIP12", "苹果"]


@pytest.mark.parametrize("only", ["手机", "手"])
def test_a_list_of_one_word_serves(only):
    assert list(word_cutter([only])("买手机")) == ["买", *(["手机"] if only == "手机" else "手机")]


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("手机很好用今天 \r\n\t，.a1+𠀀é"))
def test_words_joined_are_the_sentence(text):
    assert "".join(JIEBA(text)) == text


@given(st.text("手机很好用今天，.a1+𠀀"), st.lists(st.text("手机很好用", min_size=1), min_size=1))
def test_words_of_a_list_joined_are_the_sentence(text, listed):
    cut = word_cutter(listed)
    assert "".join(cut(text)) == text
    assert all(word in listed or len(word) == 1 or word.isascii() for word in cut(text))


def test_a_list_may_come_from_windows(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeff手机\r\n苹果\r\n\r\n手机\r\n".encode())
    assert read_words(path, "--words") == ["手机", "苹果"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("手机\n苹果 5 n\n".encode(), r"words\.txt line 2: '苹果 5 n' cannot be one word"),
        ("手机\n很，好\n".encode(), r"words\.txt line 2: '很，好'"),
        ("手机\n苹果".encode("gbk"), r"words\.txt line 1: not UTF-8"),
        ("手机\n".encode() + "苹果".encode("gbk"), r"words\.txt line 2: not UTF-8"),
        (b"\n\n", "no words in it"),
        (None, "No such file"),
    ],
    ids=["frequency", "comma", "GBK", "GBK later", "empty", "missing"],
)
def test_what_is_no_list_of_words_is_refused_by_key_file_and_line(tmp_path, data, says):
    path = tmp_path / "words.txt"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(YijuError, match=r"^--words: .*" + says):
        read_words(path, "--words")


@pytest.mark.parametrize("word", ["很，好", "", "苹果 5"])
def test_a_word_that_no_text_can_hold_is_refused_by_its_number(word):
    with pytest.raises(YijuError, match=f"^words 1: {word!r} cannot be one word"):
        word_cutter(["手机", word])


@pytest.mark.usefixtures("unread")
def test_threads_that_ask_at_once_get_the_same_words():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: list(word_cutter(None)(text)), ["今天手机很好用"] * 8))
    assert found == [["今天", "手机", "很", "好", "用"]] * 8


@pytest.mark.usefixtures("unread")
def test_jieba_is_quiet_and_neither_reads_nor_writes_the_common_temporary_folder(tmp_path, monkeypatch, capfd):
    planted = tmp_path / "jieba.cache"
    planted.write_bytes(marshal.dumps(({"天手": 10**9, "天": 0}, 10**9)))
    before = planted.read_bytes()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert list(word_cutter(None)("今天手机")) == ["今天", "手机"]
    assert [file.name for file in tmp_path.iterdir()] == ["jieba.cache"] and planted.read_bytes() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.usefixtures("unread")
def test_its_import_is_quiet_too(tmp_path, monkeypatch):
    """Compiled anew, jieba's old syntax makes Python warn."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    for name in [name for name in sys.modules if name.split(".")[0] == "jieba"]:
        monkeypatch.delitem(sys.modules, name)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert list(word_cutter(None)("今天手机")) == ["今天", "手机"]
    assert seen == []
