"""Four-character idioms that everybody knows, by meaning: what they say of each other is read off the groups."""

import random

from tools.sample.grammar import pick, shuffled

# Idioms of one meaning, and of the opposite one.
OPPOSITES = tuple(
    tuple(tuple(side.split("/")) for side in line)
    for line in (
        ("喜出望外/欣喜若狂/喜不自胜", "悲痛欲绝/痛不欲生/伤心欲绝"),
        ("一举两得/一箭双雕/一石二鸟", "得不偿失/因小失大"),
        ("争分夺秒/只争朝夕", "虚度光阴/蹉跎岁月"),
        ("人山人海/摩肩接踵/水泄不通", "人迹罕至/渺无人烟"),
        ("异口同声/众口一词", "众说纷纭/各执一词"),
        ("持之以恒/坚持不懈/锲而不舍", "半途而废/浅尝辄止/有始无终"),
        ("胸有成竹/心中有数", "束手无策/无计可施"),
        ("小心翼翼/谨小慎微", "粗心大意/粗枝大叶"),
        ("名副其实/名不虚传", "名不副实/徒有虚名"),
        ("风平浪静/水波不兴", "波涛汹涌/惊涛骇浪"),
        ("井井有条/有条不紊", "乱七八糟/杂乱无章"),
        ("家喻户晓/尽人皆知", "鲜为人知/默默无闻"),
    )
)


def relation(rng: random.Random) -> tuple[str, str, str]:
    """Two idioms and how they are related; the three relations are equally likely."""
    label = pick(rng, ("entailment", "neutral", "contradiction"))
    opposites, elsewhere = shuffled(rng, OPPOSITES)[:2]
    own, other = shuffled(rng, opposites)
    if label == "entailment":
        first, second = shuffled(rng, own)[:2]
        return first, second, label
    return pick(rng, own), pick(rng, other if label == "contradiction" else pick(rng, elsewhere)), label
