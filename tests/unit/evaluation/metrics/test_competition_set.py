"""Reference figures of the competition's test set B, where the real corpora are at hand (they are in no repository)."""

import lzma

import pytest
from at_hand import real
from merged import write_merged
from published_bleu import bleu4

from yiju.data.items import read_items
from yiju.evaluation.metrics.consistency import consistency, proxy_pairs
from yiju.evaluation.metrics.trivial import all_in_order, random_order, shared_first, trivial_choices
from yiju.explain.rationales.bleu import best_originals
from yiju.explain.rationales.consensus import share_consensus
from yiju.explain.rationales.fusion import Choice, copy_from_originals, is_original, match_originals
from yiju.explain.rationales.relations import found_relations, relate
from yiju.explain.rationales.selection import keep_count

pytestmark = pytest.mark.slow


def usual(items, ratio=0.705):
    """Rationales of the size that a ratio gives."""
    sides = {item.item: (item.q_segments, item.t_segments) for item in items}
    return {
        name: Choice(0, *(tuple(range(keep_count(len(side), ratio))) for side in both)) for name, both in sides.items()
    }


@pytest.fixture(scope="module")
def items():
    return read_items(real("test_sets/sim_interpretation_B.txt"))


@pytest.fixture(scope="module")
def originals(items):
    text = lzma.decompress(real("LCQMC/test.tsv.xz").read_bytes()).decode("utf-8")
    rows = [line.split("\t") for line in text.split("\n") if line]
    firsts, seconds = {row[0] for row in rows}, {row[1] for row in rows}
    return {item.item for item in items if is_original(item, firsts, seconds)}


def test_originals_and_their_matches(items, originals):
    assert (len(items), len(originals)) == (4167, 2016)
    matches = match_originals(items, originals)
    assert len(matches) == 4167 - 2016
    assert {original for original, _ in matches.values()} <= originals


def test_the_test_split_of_a_corpus_tells_the_same_originals_as_ever(items, originals, tmp_path):
    text = lzma.decompress(real("LCQMC/test.tsv.xz").read_bytes()).decode("utf-8")
    rows = [line.split("\t")[:2] for line in text.split("\n") if line]
    pairs = write_merged(tmp_path / "pairs.parquet", [("LCQMC", "test", q, t, None) for q, t in rows])
    found = relate(items, {"relations": "published", "originals": "LCQMC"}, str(pairs))
    matches = match_originals(items, originals)
    assert found.originals == {item: original for item, (original, _) in matches.items()}
    assert found.likeness == {item: bleu for item, (_, bleu) in matches.items()}
    assert len(items) - len(found.originals) == 2016


def test_forms_are_found_without_any_corpus(items, originals):
    found = found_relations(items, 0.4)
    published = match_originals(items, originals)
    groups = found.groups()
    assert (len(found.originals), len(groups), max(map(len, groups.values()))) == (2131, 1280, 20)
    agreeing = sum(item in published and published[item][0] == original for item, original in found.originals.items())
    assert agreeing == 1507, "of 2,131 that go with an item, 1,507 do so with the one that the published rule names"
    random = trivial_choices(items, random_order(111), usual(items))
    weights = dict.fromkeys(random, 1.0)
    shared = {
        "own": random,
        "published": copy_from_originals(items, random, {item: match for item, (match, _) in published.items()}),
        "found": copy_from_originals(items, random, found.originals),
        "consensus": share_consensus(items, random, groups.values(), weights),
    }
    pairs = proxy_pairs(items)
    figures = {name: consistency(pairs, items, choices).mean() for name, choices in shared.items()}
    # Copying random words makes them consistent as well: MAP cannot tell an explanation from anything that is shared.
    expected = {"own": 0.394, "published": 0.932, "found": 0.789, "consensus": 0.767}
    assert figures == pytest.approx(expected, abs=0.0005)


def test_matches_equal_the_published_loop(items, originals):
    tokens = {item.item: [*item.q_segments, *item.t_segments] for item in items}
    known = [tokens[item.item] for item in items if item.item in originals]
    others = [tokens[item.item] for item in items if item.item not in originals][::300]
    index, score = best_originals(known, others)
    for place, reference in enumerate(others):
        scores = [bleu4(hypothesis, reference) for hypothesis in known]
        assert (scores.index(max(scores)), max(scores)) == (index[place], score[place])


def test_proxy_figures_of_trivial_rules(items):
    pairs = proxy_pairs(items)
    assert len(pairs) == 2100
    for rule, ratio, figure, noise in (
        (all_in_order, None, 0.828, 0.0005),
        (shared_first, 0.705, 0.849, 0.0005),
        (random_order(111), 0.705, 0.395, 0.0025),
    ):
        choices = trivial_choices(items, rule, usual(items, ratio) if ratio else None)
        value = consistency(pairs, items, choices).mean()
        assert value == pytest.approx(figure, abs=noise)
