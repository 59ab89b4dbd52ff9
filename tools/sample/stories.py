"""Statements longer than one scene: swapped words (PAWSX), inference (Chinese-MNLI), news (SOHU), retelling (PKU)."""

import random
from dataclasses import replace

from tools.sample.grammar import pick, shuffled
from tools.sample.scenes import ROLES, Scene, draw_scene, hypothesis, tell

# What news wrap around an event; some of the published texts begin with spaces.
LEADS = ("本报讯：", "  记者看到，", "据市民介绍，", "【生活】", "  ")
TAILS = ("不少路人停下来观看。", "现场气氛热烈。", "周围的人都笑了。", "有人把这一幕拍了下来。", "")


def draw_two(rng: random.Random) -> tuple[Scene, Scene]:
    """Two scenes with nothing in common."""
    scene = draw_scene(rng)
    return scene, scene.changed(rng, tuple(ROLES))


def swapped(rng: random.Random) -> tuple[str, str, int]:
    """Two statements of the same words: about the same two scenes, or with who, where or what exchanged."""
    first, second = (_worded(rng, scene) for scene in draw_two(rng))
    one = _say(first, second)
    if rng.random() < 0.5:
        return one, _say(second, first), 1
    role = pick(rng, list(ROLES))
    mine, yours = getattr(first, role), getattr(second, role)
    exchanged = replace(first, **{role: yours}), replace(second, **{role: mine})
    return one, _say(*shuffled(rng, exchanged)), 0


def _worded(rng: random.Random, scene: Scene) -> Scene:
    """The scene with words in the place of concepts: both statements are to use the same ones."""
    return Scene(*(pick(rng, ROLES[role][getattr(scene, role)]) for role in ("who", "where", "doing")))


def _say(*scenes: Scene) -> str:
    return "，".join(f"{scene.who}在{scene.where}{scene.doing}" for scene in scenes) + "。"


def inference(rng: random.Random) -> tuple[str, str, str]:
    """A premise of two scenes, a hypothesis about one of them, and their relation."""
    scenes, label = draw_two(rng), pick(rng, ("entailment", "neutral", "contradiction"))
    premise = "，".join(tell(rng, scene) for scene in scenes)
    return premise, hypothesis(rng, pick(rng, scenes), label), label


def news(rng: random.Random) -> tuple[str, str, int, int]:
    """Two reports, whether they have the same topic (what is done), and whether they tell of the same event."""
    scene, kind = draw_scene(rng), pick(rng, ("event", "topic", "other"))
    changed = {"event": (), "topic": ("who", "where"), "other": tuple(ROLES)}[kind]
    source, target = _report(rng, scene), _report(rng, scene.changed(rng, changed))
    return source, target, int(kind != "other"), int(kind == "event")


def _report(rng: random.Random, scene: Scene) -> str:
    return f"{pick(rng, LEADS)}{tell(rng, scene)}。{pick(rng, TAILS)}"


def retold(rng: random.Random) -> tuple[str, str]:
    """Two scenes told twice, in other words or in another order."""
    scenes = draw_two(rng)
    one, other = ("，".join(tell(rng, scene) for scene in shuffled(rng, scenes)) + "。" for _ in range(2))
    return (one, other) if one != other else retold(rng)
