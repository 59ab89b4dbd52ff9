"""`yiju compare`: methods side by side, beside random characters."""

import json
import re

import pytest
from command_line import COLOUR, run
from toys import SENTENCES

from yiju import Explainer
from yiju.app.cli.compare import _best
from yiju.explain.attribution import load_method

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = SENTENCES[:2]


def one_sided(explainer, explained, count):
    """p(label) without the best `count` segments of one sentence, the other one whole, the mean of both."""
    pairs = []
    for side in (0, 1):
        order = sorted(enumerate(explained.sides[side].segments), key=lambda one: (-one[1].score, one[0]))
        gone = {place for place, _ in order[:count]}
        left = "".join(part.text for place, part in enumerate(explained.sides[side].segments) if place not in gone)
        pairs.append((left, T) if side == 0 else (Q, left))
    found = explainer.predict(pairs)
    return sum(one.probability if explained.label else 1 - one.probability for one in found) / 2


def test_random_characters_stand_beside_the_methods_and_heads_over_the_columns(marked_model, capsys, monkeypatch):
    given = (Q, T, "--model", marked_model, "--method", "occlusion", "--method", "gradient_l2")
    run("compare", *given)
    plain = capsys.readouterr().out
    run("compare", *given, "--json")
    told = json.loads(capsys.readouterr().out)
    chance = told["random"]["without"]
    assert list(chance) == ["0.1", "0.2", "0.5"]
    figures = " ".join(f"{value:.3f}" for value in chance.values())
    assert re.search(rf"^ +10 %  20 %  50 %\n\(random characters\)  {figures}$", plain, re.M)
    # Of single characters the mean lies between the least and the largest.
    explainer = Explainer.from_pretrained(marked_model)
    (one,) = explainer.explain([(Q, T)], "occlusion")
    pairs = [(Q[:place] + Q[place + 1 :], T) for place in range(len(Q))]
    each = [single.probability if one.label else 1 - single.probability for single in explainer.predict(pairs)]
    others = [(Q, T[:place] + T[place + 1 :]) for place in range(len(T))]
    each_t = [single.probability if one.label else 1 - single.probability for single in explainer.predict(others)]
    assert (min(each) + min(each_t)) / 2 - 1e-5 <= chance["0.1"] <= (max(each) + max(each_t)) / 2 + 1e-5
    assert "How to read: " in plain
    assert re.search(r"^ +1 +2\n 1 (occlusion|gradient_l2) +\+1\.00 ", plain, re.M)
    # Sentences that colours would tell apart are shown where there are colours.
    assert f"{Q}  {T}" not in plain
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    run("compare", *given)
    assert f"{Q}  {T}" in COLOUR.sub("", capsys.readouterr().out)


def test_methods_side_by_side(marked_model, capsys):
    methods = ("gradient_l2", "occlusion")
    run("compare", Q, T, "--model", marked_model, *(word for name in methods for word in ("--method", name)))
    plain = COLOUR.sub("", capsys.readouterr().out)
    run("compare", Q, T, "--model", marked_model, *(word for name in methods for word in ("--method", name)), "--json")
    told = json.loads(capsys.readouterr().out)
    explainer = Explainer.from_pretrained(marked_model)
    assert sorted(one["method"]["method"] for one in told["methods"]) == sorted(methods)
    # The lowest mean stands first, and is named below the table.
    means = [sum(one["without"].values()) for one in told["methods"]]
    assert means == sorted(means)
    # By the mean of the three figures as it is shown.
    shown = [round(mean / 3, 3) for mean in means]
    names = [one["method"]["method"] for one in told["methods"]]
    best = ", ".join(name for name, mean in zip(names, shown, strict=True) if mean == shown[0])
    chance = round(sum(told["random"]["without"].values()) / 3, 3)
    assert (f"Best on this pair: {best}." if shown[0] < chance else "no method is better than random") in plain
    for one in told["methods"]:
        name = one["method"]["method"]
        (explained,) = explainer.explain([(Q, T)], name)
        # Of 6 characters the top 10 % are one, the top 20 % two.
        wanted = [one_sided(explainer, explained, count) for count in (1, 2, 3)]
        assert list(one["without"].values()) == pytest.approx(wanted, abs=1e-5)
        grounds = "  ".join(
            f"{side} {' '.join([part.text for part in own.rationale][:5]) or '–'}"
            for side, own in zip("qt", explained.sides, strict=True)
        )
        figures = " ".join(f"{one['without'][share]:.3f}" for share in ("0.1", "0.2", "0.5"))
        assert re.search(rf"^{name} +{figures}  {grounds}$", plain, re.M)
    assert told["spearman"][0][0] == told["spearman"][1][1] == pytest.approx(1)
    assert told["spearman"][0][1] == pytest.approx(told["spearman"][1][0])


def test_methods_whose_figures_are_the_same_as_shown_are_best_together():
    chance = {"0.1": 0.5, "0.2": 0.5}
    low, level, same = {"0.1": 0.30001, "0.2": 0.3}, {"0.1": 0.3, "0.2": 0.30002}, {"0.1": 0.49999, "0.2": 0.5}
    assert _best(["lime", "occlusion", "gim"], [low, level, same], chance).startswith(
        "Best on this pair: lime, occlusion."
    )
    assert _best(["gim"], [same], chance).startswith("On this pair no method is better than random")


def test_all_methods_but_chance_are_compared(marked_model, capsys):
    run("compare", Q, T, "--model", marked_model, "--json")
    names = [one["method"]["method"] for one in json.loads(capsys.readouterr().out)["methods"]]
    assert "random" not in names
    assert len(names) == 15


def test_a_method_that_does_not_fit_the_model_is_left_out_in_one_line(marked_model, capsys, monkeypatch):
    why = "deeplift wants another model"
    monkeypatch.setattr(load_method("deeplift"), "supports", lambda marked_model: why)
    both = ("--method", "deeplift", "--method", "occlusion")
    run("compare", Q, T, "--model", marked_model, *both)
    plain = COLOUR.sub("", capsys.readouterr().out)
    assert f"\nLeft out: {why}.\n" in plain
    assert re.search(r"^occlusion +\d", plain, re.M) and not re.search(r"^deeplift +\d", plain, re.M)
    run("compare", Q, T, "--model", marked_model, *both, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["left_out"] == {"deeplift": why}
    assert [one["method"]["method"] for one in told["methods"]] == ["occlusion"]
    run("compare", Q, T, "--model", marked_model, *both[:2], status=1)
    run("explain", Q, T, "--model", marked_model, *both[:2], status=1)
