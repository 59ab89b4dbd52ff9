"""The grammar of the sample: one meaning a text, true evidence, and relations that follow from the scenes."""

import random

import pytest

from tools.sample import generate, idioms, scenes, services, stories
from tools.sample.disturb import disturb
from tools.sample.grammar import INTENT, draw_meaning, draw_other, evidence, fitting_closers, render, segments
from tools.sample.sample_pairs import Pair, draw_pairs

DOMAINS = (*generate.EVERYDAY, generate.CREDIT, services.LAW, services.SHARES)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_every_template_tells_the_whole_meaning(domain) -> None:
    for templates in domain.intents.values():
        for template in templates:
            assert "[" in template
            assert all(template.count(f"{{{slot}}}") == 1 for slot in domain.slots), template


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_a_text_has_one_meaning(domain) -> None:
    rng, meanings = random.Random(1), {}
    for _ in range(3000):
        question = render(rng, draw_meaning(rng, domain), opener=0, closer=0)
        assert meanings.setdefault(question.text, question.meaning) == question.meaning


def test_words_of_a_slot_belong_to_one_concept() -> None:
    for domain in DOMAINS:
        for concepts in domain.slots.values():
            words = [word for surfaces in concepts.values() for word in surfaces]
            assert len(words) == len(set(words))


def test_no_second_particle() -> None:
    assert not [closer for closer in fitting_closers("收费吗") if closer[0] in "呢啊呀"]
    assert "呢" in fitting_closers("怎么办")


def test_segments_are_characters_and_whole_latin_words() -> None:
    assert segments("iPhone 办4G，VIP会员？") == ["iPhone", "办", "4", "G", "，", "VIP", "会", "员", "？"]


def exchanged(rng: random.Random, pair: Pair, role: str) -> list[int]:
    """Labels of the pair after giving `role` in t every other concept."""
    meaning = pair.t.meaning
    concepts = meaning.domain.intents if role == INTENT else meaning.domain.slots[role]
    others = (meaning.having(**{role: concept}) for concept in concepts if concept != meaning.get(role))
    return [Pair(pair.q, render(rng, other)).label for other in others]


def test_evidence_is_what_flips_the_label() -> None:
    rng = random.Random(2)
    for pair in draw_pairs(rng, DOMAINS, 300, set()):
        differing = pair.q.meaning.differs_in(pair.t.meaning)
        if len(differing) > 1:  # no single exchange decides
            continue
        for role in pair.t.meaning.concepts:
            flips = (1 - pair.label) in exchanged(rng, pair, role)
            marked = {i for i in pair.gold[1] if segment_roles(pair.t)[i] == role}
            assert flips == bool(marked), (pair.texts, role)


def segment_roles(question) -> list[str]:
    position, roles = 0, []
    for segment in segments(question.text):
        position = question.text.index(segment, position)
        roles.append(question.roles[position])
        position += len(segment)
    return roles


def test_evidence_by_hand() -> None:
    rng = random.Random(3)
    meaning = draw_meaning(rng, generate.ACCOUNT).having(thing="微信", act="加好友", intent="how")
    q, t = (render(rng, m, opener=0, closer=0) for m in (meaning, meaning.having(thing="淘宝")))
    gold_q, gold_t = evidence(q, t)
    assert "".join(segments(q.text)[i] for i in gold_q) == "微信"
    assert "".join(segments(t.text)[i] for i in gold_t) == "淘宝"


def test_other_meanings_differ() -> None:
    rng = random.Random(4)
    for domain in DOMAINS:
        for _ in range(200):
            meaning = draw_meaning(rng, domain)
            assert 1 <= len(draw_other(rng, meaning).differs_in(meaning)) <= 2


def test_disturbed_forms_keep_or_flip_and_never_repeat_the_original() -> None:
    rng = random.Random(5)
    pairs = draw_pairs(rng, DOMAINS, 200, set())
    known = {pair.texts for pair in pairs}
    kept = 0
    for pair in pairs:
        form = disturb(rng, pair, known)
        assert form.texts not in known
        assert form.q == pair.q or form.t == pair.t
        kept += form.label == pair.label
    assert 120 <= kept <= 180  # a quarter flips


def test_relations_follow_from_the_scenes() -> None:
    rng = random.Random(6)
    drawn = [scenes.inference(rng) for _ in range(300)]
    assert {label for *_, label in drawn} == {"entailment", "neutral", "contradiction"}
    for premise, hypothesis, label in drawn:
        assert any(tail in hypothesis for tail in scenes.UNKNOWN) == (label == "neutral")
        agree = [told(premise, role) == told(hypothesis, role) or not told(hypothesis, role) for role in scenes.ROLES]
        assert all(agree) == (label != "contradiction"), (premise, hypothesis)


def test_scores_follow_from_the_scenes() -> None:
    rng = random.Random(7)
    shared_roles = {5: {3}, 4: {2}, 3: {2}, 2: {2}, 1: {1}, 0: {0}}
    for _ in range(300):
        first, second, score = scenes.graded(rng)
        assert sum(told(first, role) == told(second, role) for role in scenes.ROLES) in shared_roles[score]


def told(statement: str, role: str) -> str | None:
    """The concept that the statement names for the role."""
    return next((name for name, words in scenes.ROLES[role].items() if any(w in statement for w in words)), None)


def test_swapped_statements_have_the_same_words_and_the_label_is_who_does_what_where() -> None:
    rng = random.Random(8)
    for _ in range(300):
        first, second, label = stories.swapped(rng)
        assert sorted(first) == sorted(second)
        assert first != second
        assert (scenes_told(first) == scenes_told(second)) == label


def test_relations_follow_from_one_of_two_scenes() -> None:
    rng = random.Random(9)
    drawn = [stories.inference(rng) for _ in range(300)]
    assert {label for *_, label in drawn} == {"entailment", "neutral", "contradiction"}
    for premise, hypothesis, label in drawn:
        assert any(tail in hypothesis for tail in scenes.UNKNOWN) == (label == "neutral")
        [about] = [part for part in premise.split("，") if told(part, "who") == told(hypothesis, "who")]
        agree = [told(about, role) == told(hypothesis, role) or not told(hypothesis, role) for role in scenes.ROLES]
        assert all(agree) == (label != "contradiction"), (premise, hypothesis)


def test_topic_and_event_of_news() -> None:
    rng = random.Random(10)
    for _ in range(300):
        source, target, same_topic, same_event = stories.news(rng)
        same = {role: told(source, role) == told(target, role) for role in scenes.ROLES}
        assert (same["doing"], all(same.values())) == (same_topic, same_event)


def test_what_is_retold_is_the_same() -> None:
    rng = random.Random(11)
    for _ in range(100):
        one, other = stories.retold(rng)
        assert one != other
        assert scenes_told(one) == scenes_told(other)


def scenes_told(statement: str) -> set[tuple[str | None, ...]]:
    return {tuple(told(part, role) for role in scenes.ROLES) for part in statement.split("，")}


def test_idioms_stand_in_one_group_and_their_relation_is_that_of_the_groups() -> None:
    places = [(line, side) for line in range(len(idioms.OPPOSITES)) for side in (0, 1)]
    group = {idiom: (line, side) for line, side in places for idiom in idioms.OPPOSITES[line][side]}
    assert len(group) == sum(len(own) for sides in idioms.OPPOSITES for own in sides)
    assert {len(idiom) for idiom in group} == {4}
    rng = random.Random(12)
    for _ in range(300):
        first, second, label = idioms.relation(rng)
        (line, side), (other_line, other_side) = group[first], group[second]
        assert first != second
        expected = "neutral" if line != other_line else "entailment" if side == other_side else "contradiction"
        assert label == expected
