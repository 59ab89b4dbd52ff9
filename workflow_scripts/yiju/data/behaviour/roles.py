"""Who does what to whom: roles exchanged, roles that may be exchanged, and the passive."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yiju.data.behaviour.lexicon import group_of, words
from yiju.data.behaviour.minimal_pairs import Change
from yiju.data.behaviour.sentence_parts import bare, cut

PERSON = "我|你|他|她"
FELT = "喜欢|爱|恨|讨厌|想念|相信|怀疑|暗恋|欺骗|骗|打|骂|帮助|嫌弃|原谅|关心|等|追求|欠|伤害|拒绝|拉黑|忘记|感谢"
PRONOUNS = re.compile(
    rf"(?<!和)(?<!跟)(?<!与)({PERSON})(?:很|还|不|也|真的|为什么|怎么)?({FELT})(?:了|过|着)?({PERSON})(?![们的和跟与])"
)
# What two sides of a journey are: no marks, and nothing that makes a clause of them.
SIDE = r"[一-鿿A-Za-z]{2,6}?"
JOURNEY = re.compile(rf"从({SIDE})(到|去|往|飞)({SIDE})(?=的|怎么|如何|坐|多|要|需|最|有|走|几)")
FROM_TO = re.compile(rf"去({SIDE})，从({SIDE})出发")
DISTANCE = re.compile(r"多远|距离|公里|千米")
ONE_WAY = re.compile(r"怎么|如何|坐|火车|高铁|飞机|机票|车票|汽车|路线|动车|首班|第一班|最早")
TURNED = re.compile(r"(?<![A-Za-z])([A-Za-z]{2,5})(转换成|转换为|转换|转成|转为|转)([A-Za-z]{2,5})(?![A-Za-z])")
PAYING = re.compile(r"(转账|转帐|充值|转钱|打钱)")
AND = re.compile(
    r"^(请问|问一下|你好，)?((?![吃喝买用学做看打玩])[^，,。？?！和与跟同在是为的]{1,10})(和|与|跟)([^，,。？?！和与跟的是有哪谁在]{1,10}?)"
    r"(?=有什么区别|有何区别|有什么不同|有啥区别|的区别|的不同|的关系|之间|有什么关系|是什么关系|哪个|谁更|谁厉害|区别)"
)
AWAY = re.compile(rf"({SIDE})(离|距离|距)({SIDE})(?=有?多远|多少公里|几公里)")
# A sentence that is nothing but this: who, what happened to it by whom.
BEI = re.compile(
    r"^([^，,。？?！!\s把被给的]{1,6})被([^，,。？?！!\s把被给的]{1,4}?)(偷|拿|骗|打|吃|删|咬|抢|撞|借|弄|摔)(走了|坏了|丢了|掉了|了)$"
)
TAKEN = re.compile(r"^(怎么|如何|怎样)(才能|可以|能)?(?:把|将)([^，,。？?！!]+)$")
DEICTIC = re.compile(r"自己|它|他们|她们|其")


def exchanged_roles(text: str, seed: int) -> Iterator[Change]:
    """The two who act on each other exchanged where that is another matter: a feeling, a journey, a payment."""
    found = list(PRONOUNS.finditer(text))
    if len(found) == 1 and found[0][1] != found[0][3] and "互" not in text:
        yield Change("asymmetric_verb", text, _exchanged(text, found[0], 1, 3), "turns")
    if not DISTANCE.search(text):
        for pattern, groups in ((JOURNEY, (1, 3)), (FROM_TO, (1, 2))):
            one = pattern.search(text)
            if one and ONE_WAY.search(text) and _places(one[groups[0]], one[groups[1]]):
                yield Change("direction", text, _exchanged(text, one, *groups), "turns")
    one = TURNED.search(text)
    if one and one[1].lower() != one[3].lower():
        yield Change("direction", text, _exchanged(text, one, 1, 3), "turns")
    yield from _payment(text)


def _payment(text: str) -> Iterator[Change]:
    kinds, parts = group_of("entities"), cut(text)
    apps = [(place, word) for place, word in enumerate(parts) if word in kinds and "支付宝" in kinds[word]]
    if len(apps) == 2 and PAYING.search(text) and "给" in parts[apps[0][0] : apps[1][0]]:
        (first, one), (second, other) = apps
        changed = list(parts)
        changed[first], changed[second] = other, one
        if one != other:
            yield Change("direction", text, "".join(changed), "turns")


def _places(one: str, other: str) -> bool:
    """Whether both sides of a journey look like places: known ones, or names that end as places do."""
    known = group_of("entities")
    aliases = {"首都", "魔都", "羊城"}
    return one != other and all(
        name in known or name in aliases or re.search("[市县区站镇省]$", name) for name in (one, other)
    )


def symmetric_roles(text: str, seed: int) -> Iterator[Change]:
    """Two that are compared, related or apart, named in the other order, which means the same."""
    one = AND.search(text)
    if one and one[2] != one[4] and not text[: one.start(2)].strip("请问一下你好，") and _alike(one[2], one[4]):
        yield Change("comparison", text, _exchanged(text, one, 2, 4), "stays")
    two = AWAY.search(text)
    if two and _places(two[1], two[3]):
        yield Change("distance", text, _exchanged(text, two, 1, 3), "stays")
    three = JOURNEY.search(text)
    if three and DISTANCE.search(text) and not ONE_WAY.search(text) and _places(three[1], three[3]):
        yield Change("distance", text, _exchanged(text, three, 1, 3), "stays")


def _alike(one: str, other: str) -> bool:
    """Whether two names are of a similar make, so that neither holds words that belong to both."""
    return abs(len(one) - len(other)) <= 1 and (len(one) > 1 or len(other) > 1)


def passive(text: str, seed: int) -> Iterator[Change]:
    """被 as 把, and what 把 takes put before the question word; both mean the same."""
    core = bare(text)
    tail = text[len(core) :]
    one = BEI.match(core)
    if one:
        yield Change("ba_and_bei", text, f"{one[2]}把{one[1]}{one[3]}{one[4]}{tail}", "stays")
    two = TAKEN.match(core)
    if two and not DEICTIC.search(core):
        parts = cut(two[3])
        for place in range(len(parts) - 1, 0, -1):
            if parts[place] in words("places_of_result"):
                taken, rest = "".join(parts[:place]), "".join(parts[place:])
                if _is_thing(parts[:place]):
                    yield Change("topic", text, f"{taken}{two[1]}{two[2] or ''}{rest}{tail}", "stays")
                return


def _is_thing(parts: tuple[str, ...]) -> bool:
    """Whether words before a verb end as a noun does."""
    return parts[-1] not in ("的", "直接", "里", "给", "快速", "全部", "都", "一次") and len("".join(parts)) > 1


def _exchanged(text: str, found: re.Match, first: int, second: int) -> str:
    """The text with two groups of a match in each other's places, the first one standing before the second."""
    (a, b), (c, d) = found.span(first), found.span(second)
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]
