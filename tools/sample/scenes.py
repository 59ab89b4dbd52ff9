"""Statements about a scene: inference (OCNLI, Chinese-SNLI) and graded similarity (Chinese-STS-B).

A scene is who, where and what; a statement tells all of it or leaves the place out. What follows from what, and
how alike two statements are, is read off the scenes and is true by construction.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tools.sample.grammar import pick, shuffled
from tools.sample.lexicon import Slot, slot

WHO = slot(
    "一个男人/一名男子",
    "一个女人/一名女子",
    "一个男孩/一名小男孩",
    "一个女孩/一名小女孩",
    "两个老人/两位老人",
    "几个学生/几名学生",
)
WHERE = slot("公园里", "教室里", "马路边/路边", "海边/沙滩上", "院子里", "广场上")
DOING = slot(
    "跑步",
    "弹吉他",
    "吃西瓜",
    "打电话",
    "看书/读书",
    "唱歌",
    "跳舞",
    "拍照/照相",
    "喂狗/给狗喂食",
)
ROLES: Mapping[str, Slot] = {"who": WHO, "where": WHERE, "doing": DOING}
# What a scene neither says nor excludes.
UNKNOWN = ("，已经一个小时了", "，心情很好", "，因为今天放假", "，打算天黑再回家", "，这是第一次")


@dataclass(frozen=True)
class Scene:
    """Concepts of the three roles; `where` is None where the statement leaves the place out."""

    who: str
    where: str | None
    doing: str

    def changed(self, rng: random.Random, roles: Sequence[str]) -> "Scene":
        """The scene with another concept in each of the roles."""
        others = {role: [name for name in ROLES[role] if name != getattr(self, role)] for role in roles}
        return replace(self, **{role: pick(rng, names) for role, names in others.items()})


def draw_scene(rng: random.Random) -> Scene:
    return Scene(*(pick(rng, list(ROLES[role])) for role in ("who", "where", "doing")))


def tell(rng: random.Random, scene: Scene) -> str:
    """The scene in words, without the full stop."""
    who, doing = pick(rng, WHO[scene.who]), pick(rng, DOING[scene.doing])
    if scene.where is None:
        return f"{who}在{doing}"
    where = pick(rng, WHERE[scene.where])
    return pick(rng, (f"{who}在{where}{doing}", f"{where}有{who}在{doing}"))


def inference(rng: random.Random) -> tuple[str, str, str]:
    """Premise, hypothesis and their relation; the three relations are equally likely."""
    scene, label = draw_scene(rng), pick(rng, ("entailment", "neutral", "contradiction"))
    premise = tell(rng, scene)
    return premise, hypothesis(rng, scene, label), label


def hypothesis(rng: random.Random, scene: Scene, label: str) -> str:
    """A statement that follows from the scene, says more than it, or cannot be true with it."""
    if label == "entailment":
        return tell(rng, pick(rng, (scene, replace(scene, where=None))))
    if label == "neutral":
        return tell(rng, scene) + pick(rng, UNKNOWN)
    # Only the one in the picture is told about: another place or another doing of the same one cannot be.
    return tell(rng, scene.changed(rng, [pick(rng, ("where", "doing"))]))


def graded(rng: random.Random) -> tuple[str, str, int]:
    """Two statements and their likeness, 5 (the same) to 0 (nothing in common).

    5 the same scene; 4 the place left out; 3 another place; 2 someone else; 1 only who or only what is kept; 0 nothing.
    """
    scene, score = draw_scene(rng), pick(rng, (0, 1, 2, 3, 4, 5))
    if score == 5:
        other = scene
    elif score == 4:
        other = replace(scene, where=None)
    else:
        changed = {3: ("where",), 2: ("who",), 0: ("who", "where", "doing")}
        other = scene.changed(rng, changed.get(score) or pick(rng, (("who", "where"), ("where", "doing"))))
    first, second = shuffled(rng, (tell(rng, scene), tell(rng, other)))
    return first + "。", second + "。", score
