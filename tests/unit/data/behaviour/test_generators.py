"""Generators of minimal pairs: what they make of sentences, and what they leave alone."""

from __future__ import annotations

import pytest

from yiju.data.behaviour.categories import CATEGORIES
from yiju.data.behaviour.suite import changes

# Category, sentence, what is made of it and with which effect.
MADE = [
    ("negation", "为什么我的抖音不能修改昵称", "为什么我的抖音能修改昵称", "turns"),
    ("negation", "租客可以养什么宠物？", "租客不可以养什么宠物？", "turns"),
    ("double_negation", "我们必须离开", "我们不能不离开", "stays"),
    ("double_negation", "大家都喜欢他", "没有人不喜欢他", "stays"),
    ("antonym", "支付宝怎么关闭短信提醒", "支付宝怎么打开短信提醒", "turns"),
    ("number_unit", "京东满39元免运费", "京东满78元免运费", "turns"),
    ("number_unit", "孩子6个月能坐高铁", "孩子6天能坐高铁", "turns"),
    ("number_unit", "孩子6个月能坐高铁", "孩子六个月能坐高铁", "stays"),
    ("time_aspect", "还没发货怎么退款", "已经发货怎么退款", "turns"),
    ("degree", "哪家医院最好", "哪家医院最差", "turns"),
    ("degree", "哪个网站更便宜", "哪个网站更贵", "turns"),
    ("exchanged_roles", "从北京到上海的高铁最早几点", "从上海到北京的高铁最早几点", "turns"),
    ("exchanged_roles", "他喜欢我吗", "我喜欢他吗", "turns"),
    ("symmetric_roles", "动车和高铁有什么区别", "高铁和动车有什么区别", "stays"),
    ("symmetric_roles", "北京离上海有多远", "上海离北京有多远", "stays"),
    ("passive", "怎么把照片传到电脑", "照片怎么传到电脑", "stays"),
    ("passive", "手机被小李偷走了", "小李把手机偷走了", "stays"),
    ("question_word", "办护照要多少钱", "办护照要多久", "turns"),
    ("question_word", "怎么开通会员", "为什么要开通会员", "turns"),
    ("synonym", "妈妈在哪里", "母亲在哪里", "stays"),
    ("word_order", "怎么在淘宝上申请退款", "在淘宝上怎么申请退款", "stays"),
    ("word_order", "怎样在小米手机上截屏", "在小米手机上怎样截屏", "stays"),
    ("word_order", "我昨天买了票", "昨天我买了票", "stays"),
    ("traditional", "怎么开通会员", "怎麼開通會員", "stays"),
    ("full_width", "QQ怎么改名?", "ＱＱ怎么改名？", "stays"),
    ("spacing", "怎么开通会员？", "怎么开通会员", "stays"),
]
# Category and a sentence that it must leave alone, with the reason.
LEFT = [
    ("negation", "租客能换门锁吗", "denied or not, the same is asked"),
    ("negation", "手机能用多久", "能用多久 has no negative form"),
    ("negation", "怎么能快速入睡", "怎么能 means how could"),
    ("negation", "这个功能有什么作用", "功能 is one word"),
    ("double_negation", "必须在一天内搞到怎么办", "必须在 is not said with 不能不"),
    ("antonym", "结婚和离婚都要什么证件", "both words are there"),
    ("number_unit", "大概20分钟会联系您", "about so much"),
    ("number_unit", "80年代流行什么", "a decade"),
    ("entity", "北京和上海哪个好", "two of a kind"),
    ("entity", "为什么说我笨", "no name"),
    ("time_aspect", "早上好", "a greeting"),
    ("time_aspect", "以前看过的电影", "以前 after nothing means formerly"),
    ("exchanged_roles", "从北京到上海有多少公里", "distance has no direction"),
    ("exchanged_roles", "我喜欢你们", "their plural"),
    ("symmetric_roles", "三星的手机和电脑哪个好", "the first words belong to both"),
    ("passive", "怎么把它传到电脑", "it needs what it stands for"),
    ("question_word", "手机能用多久", "asks how long it lasts, which has no price"),
    ("question_word", "怎么打不开", "怎么 means why"),
    ("word_order", "为什么我的手机打不开", "the speaker owns what follows"),
    ("word_order", "为什么我们俩不能坐一排", "俩 belongs to 我们"),
    ("particles", "在吗", "no open question"),
    ("misspelling", "不能", "a misspelling could undo the negation"),
]


@pytest.mark.parametrize(("category", "text", "wanted", "effect"), MADE)
def test_a_sentence_is_changed_in_one_thing(category, text, wanted, effect):
    made = {one.t: one for one in changes(category, text, 1)}
    others = {one.t: one for seed in range(20) for one in changes(category, text, seed)}
    found = (others | made).get(wanted)
    assert found is not None, sorted(others)
    assert (found.q, found.effect) == (text, effect)


@pytest.mark.parametrize(("category", "text", "reason"), LEFT)
def test_what_cannot_be_changed_safely_is_left_alone(category, text, reason):
    assert [one.t for one in changes(category, text, 1)] == [], reason


def test_a_degree_is_nearer_than_its_opposite():
    (made,) = changes("degree", "这里环境非常干净", 1)
    assert (made.t, made.effect) == ("这里环境十分干净", "rises")
    assert made.before == ("这里环境非常干净", "这里环境不太干净")


@pytest.mark.parametrize("category", [name for name, one in CATEGORIES.items() if one.of_text])
def test_generators_are_functions_of_text_and_seed(category):
    texts = [text for _, text, *_ in (*MADE, *LEFT)]
    assert [[*changes(category, text, 7)] for text in texts] == [[*changes(category, text, 7)] for text in texts]


def test_a_misspelling_changes_one_character_and_makes_no_other_word():
    for text in ("怎么修改支付宝的密码", "路由器为什么连不上网", "身份证在哪里办理"):
        for one in changes("misspelling", text, 3):
            assert len(one.t) == len(text)
            assert sum(a != b for a, b in zip(text, one.t, strict=True)) == 1


def test_a_name_is_never_exchanged_for_another_name_of_the_same_thing():
    made = {one.t for seed in range(40) for one in changes("entity", "番茄怎么种", seed)}
    assert made
    assert "西红柿怎么种" not in made
