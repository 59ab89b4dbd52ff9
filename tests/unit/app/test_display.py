"""What Python and notebooks show of explainers, judgements and explanations."""

import re
from dataclasses import replace

import pytest
from families import Row

from yiju import Explainer
from yiju.base.terminal_language import speak

Q, T = "怎么开通花呗", "花呗如何开通"


@pytest.fixture(scope="module")
def explainer(marked_model):
    return Explainer.from_pretrained(marked_model)


@pytest.fixture(scope="module")
def one(explainer):
    return explainer.explain((Q, T), "occlusion")


def test_an_explainer_says_what_it_is(explainer, family_folder):
    assert repr(explainer) == "<Explainer: classifier, classes 'not similar', 'similar', reads 32 tokens>"
    bi = repr(Explainer.from_pretrained(family_folder(Row("bi-encoder", "bert"))))
    assert bi.startswith("<Explainer: bi-encoder, one number a pair, decides nothing, reads ")


def test_judgements_and_explanations_are_one_short_line(explainer, one):
    judged = explainer.predict((Q, T))
    assert repr(judged) == f"<Judgement {judged.verdict}: {Q!r} | {T!r}>"
    assert repr(one).startswith(f"<Explanation {one.verdict}, by occlusion: {Q!r} rests on '")
    long = explainer.explain((Q * 200, f"{T}\n" * 200), "occlusion", ratio=1.0)
    for shown in (repr(long), *map(repr, long.sides), repr(explainer.predict((Q * 200, T)))):
        assert len(shown) < 250 and "\n" not in shown and "…" in shown


def test_segments_and_sides_name_what_is_known(one):
    part = one.sides[0].rationale[0]
    assert repr(part) == (
        f"<Segment {part.text!r} {part.start}:{part.end}, score {part.score:+.3f}, effect {part.effect:+.3f}, rank 1>"
    )
    unread = replace(part, score=None, effect=None, rank=None, unknown=True, truncated=True)
    assert repr(unread) == f"<Segment {part.text!r} {part.start}:{part.end}, unknown, not read>"
    assert repr(one.sides[0]).startswith(f"<Side {Q!r}, 6 segments, rationale '")
    bare = replace(one.sides[0], segments=(unread,))
    assert repr(bare) == f"<Side {Q!r}, 1 segment, rationale nothing>"


def test_a_shared_rank_is_told_as_one(one):
    side = one.sides[0]
    tied = replace(one, sides=(replace(side, segments=(replace(side.rationale[0], shared=1),)), one.sides[1]))
    assert "tied for rank 1" not in one.to_html()
    assert "tied for rank 1" in tied.to_html()


def test_a_notebook_shows_a_legend_and_follows_the_theme(one, explainer):
    shown = one._repr_html_()
    assert one.to_html() in shown and "speaks for the judgement" in shown and "<u>underlined</u>" in shown
    for name in ("--jp-content-font-color1", "--jp-layout-color0", "prefers-color-scheme:dark"):
        assert name in shown
    assert "not read" not in shown.partition('class="legend"')[2]
    cut = explainer.explain((Q, T * 20), "occlusion")._repr_html_()
    assert "struck through: not read" in cut.partition('class="legend"')[2]
    assert "do together" not in shown
    speak("zh")
    try:
        chinese = explainer.explain((Q, f"龘{T}"), "occlusion", matrix="occlusion")._repr_html_()
    finally:
        speak("en")
    legend = chinese.split('<p class="legend">')[1]
    assert "<u>下划线</u>：依据" in legend and "虚线框：词表里没有" in legend
    assert not re.search("[A-Za-z]{3,}", re.sub("<[^>]*>|&nbsp;", "", legend))
    assert "do together" in explainer.explain((Q, T), "occlusion", matrix="occlusion")._repr_html_()


def test_both_themes_are_readable():
    from yiju.explain.display import AGAINST, DARK, FOR, LIGHT

    for theme in (LIGHT, DARK):
        ink, paper = (tuple(int(theme[key][place : place + 2], 16) for place in (1, 3, 5)) for key in ("ink", "paper"))
        assert contrast(ink, paper) >= 7
        for colour in (FOR, AGAINST):
            full = [int(part) for part in re.findall(r"\d+", colour)]
            mixed = tuple(0.75 * deep + 0.25 * pale for deep, pale in zip(full, paper, strict=True))
            assert contrast(ink, mixed) >= 4.5


def contrast(one, other):
    """The ratio of WCAG 2 of two colours."""
    light = sorted((luminance(colour) for colour in (one, other)), reverse=True)
    return (light[0] + 0.05) / (light[1] + 0.05)


def luminance(colour):
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
