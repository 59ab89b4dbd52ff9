"""Question words, synonyms, the order of words, and particles of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yiju.data.behaviour.lexicon import both_ways, words
from yiju.data.behaviour.minimal_pairs import Change, pick
from yiju.data.behaviour.sentence_parts import NEGATIVE, QUESTION, bare, cut, is_open_question, once, replaced

# What is asked, and what may be asked in its place: never two that are both ways of asking the same.
ASKED = {
    "多少钱": ("多久",),
    "多长时间": ("多少钱",),
    "多久": ("多少钱",),
    "什么时候": ("在哪里", "为什么"),
    "什么地方": ("什么时间",),
    "何时": ("为何",),
}
# 多久 asks how long only after these; 多久 in 能用多久 is not exchanged for a price.
NEEDING = ("要", "需要", "得", "得花", "花", "需")
MANNER = ("怎么", "如何", "怎样")
NOT_MANNER = frozenset(
    [
        "不",
        "没",
        "没有",
        "会",
        "还",
        "就",
        "又",
        "这么",
        "那么",
        "办",
        "样",
        "了",
        "能",
        "可以",
        "才",
        "才能",
        "回事",
        "啦",
        "啊",
        "都",
        "也",
        "老",
        "总",
        "总是",
        "个",
        "是",
        "说",
    ]
)
TIME = r"(?:今天|明天|昨天|前天|后天|今年|明年|去年|现在|最近|周末|晚上|早上)"
SPEAKER = r"(?:我们|你们|他们|她们|我|你|他|她)"
TIME_FIRST = re.compile(rf"^({TIME})({SPEAKER})(?![的们家])")
SPEAKER_FIRST = re.compile(rf"^({SPEAKER})({TIME})(?![的，,])")
# The question word goes behind the speaker where an adverb or a modal verb follows, which cannot belong to a noun.
ADVERB = "总|老|会|不|没|很|要|想|能|一直|还|就|这么|那么|每|喜欢|必须|应该|只"
WHY_FIRST = re.compile(rf"^(为什么|为何)({SPEAKER})(?={ADVERB})(?!老师|老板|老婆|老公|会员|想法|要求|每)")
SPEAKER_WHY = re.compile(rf"^({SPEAKER})(为什么|为何)")
HOW_WHERE = re.compile(
    r"^(怎么|如何|怎样)((?:在|用|从)[^，,。？?！!怎如不没]{1,8}?(?:上|里|中|内|(?:手机|电脑)(?![上里])))(?=[一-鿿])(?![的网面查传下])"
)
WHERE_HOW = re.compile(r"^((?:在|用)[^，,。？?！!不没]{1,8}?(?:上|里|中|内|手机|电脑))(怎么|如何|怎样)(?![样办了])")
SOLD = re.compile(r"^(哪里|哪儿)有卖([^，,。？?！!的]{2,10})$")
PRICE = re.compile(r"多少钱(一[斤个件台部套双张瓶盒本辆只])(?![一-鿿])")
POLITE = re.compile(r"请|麻烦|求|谢|劳驾|问|谁知道|大家|各位|您好|你好|拜托|急")
END_OF_PARTICLE = re.compile(r"[吗呢吧啊呀嘛么哦啦哈的了不没]$")


def question_word(text: str, seed: int) -> Iterator[Change]:
    """Another thing asked about: how long and how much, when and where, how and why."""
    if not is_open_question(text) or NEGATIVE.search(text) or len(QUESTION.findall(text)) != 1:
        return
    parts = cut(text)
    for old, others in ASKED.items():
        if text.count(old) == 1:
            before = _before(text, old)
            if old in ("多久", "多长时间") and not before.endswith(NEEDING):
                continue
            if old == "多少钱" and not before.endswith(("要", "需要", "得花", "花")):
                continue
            if old == "什么时候" and (before.endswith(("是", "在", "到", "从", "的", "等")) or "才" in text):
                continue
            if old == "什么地方" and not before.endswith(("在", "于")):
                continue
            new = pick(others, seed, text)
            yield Change("other_question", text, text.replace(old, new), "turns")
            return
    for place, word in once(parts):
        after = parts[place + 1] if place + 1 < len(parts) else ""
        if word in MANNER and after in words("verbs"):
            yield Change("how_why", text, replaced(parts, place, "为什么要"), "turns")
            return


def _before(text: str, part: str) -> str:
    return text[: text.index(part)]


def synonym(text: str, seed: int) -> Iterator[Change]:
    """A word, or a question word, exchanged for one that means the same."""
    known, parts = both_ways("synonyms"), cut(text)
    for place, word in once(parts):
        after = parts[place + 1] if place + 1 < len(parts) else ""
        if word in MANNER and after and after not in NOT_MANNER and not NEGATIVE.search(text) and "了" not in text:
            if re.match("[一-鿿]", after):
                others = [other for other in MANNER if other != word and other != "怎么"]
                yield Change("question_word", text, replaced(parts, place, pick(others, seed, text)), "stays")
        elif word in known and word not in MANNER:
            others = [other for other in known[word] if other not in text]
            if others:
                yield Change("word", text, replaced(parts, place, pick(others, seed, text, word)), "stays")


def word_order(text: str, seed: int) -> Iterator[Change]:
    """The same words in another order that means the same."""
    for rule, pattern in (
        ("adverb", TIME_FIRST),
        ("adverb", SPEAKER_FIRST),
        ("adverb", WHY_FIRST),
        ("adverb", SPEAKER_WHY),
        ("place", HOW_WHERE),
        ("place", WHERE_HOW),
    ):
        found = pattern.match(text)
        if found:
            yield Change(rule, text, f"{found[2]}{found[1]}{text[found.end() :]}", "stays")
            return
    core = bare(text)
    tail = text[len(core) :]
    sold = SOLD.match(core)
    if sold:
        yield Change("topic", text, f"{sold[2]}{sold[1]}有卖{tail}", "stays")
    price = PRICE.search(core)
    if price and price.end() == len(core):
        yield Change("price", text, f"{core[: price.start()]}{price[1]}多少钱{tail}", "stays")


def particles(text: str, seed: int) -> Iterator[Change]:
    """Politeness and particles put around an open question."""
    core = bare(text)
    if len(core) < 4 or not is_open_question(text):
        return
    tail = text[len(core) :]
    if not POLITE.search(text):
        opening = pick(("请问", "请问一下，", "你好，请问", "想问一下，"), seed, text)
        yield Change("polite", text, opening + text, "stays")
        yield Change("thanks", text, f"{core}{tail or '，'}{pick(('谢谢', '谢谢大家', '多谢'), seed, text)}", "stays")
    if not END_OF_PARTICLE.search(core) and re.search("[一-鿿]$", core):
        yield Change("particle", text, f"{core}{pick(('呢', '啊', '呀'), seed, text)}{tail}", "stays")
