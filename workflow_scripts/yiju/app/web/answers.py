"""Answers of the API from an explainer: plain values, the same for the same request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from typing import Any

from yiju.app.explainer import Explainer
from yiju.app.web.effort import MOST, Effort
from yiju.app.web.hiding_curves import affordable, curves_of
from yiju.app.web.limits import CHARACTERS, Limits
from yiju.app.web.methods import affordable_method, chosen, described, fitting
from yiju.app.web.refusal import Refusal
from yiju.app.web.request_models import Divided, Pair, Question, Which
from yiju.config.method import get_method
from yiju.data.reordered import is_reordered
from yiju.explain.explanation import Explanation, Judgement
from yiju.explain.notes import notes
from yiju.explain.rationales.selection import RATIO
from yiju.explain.strength import FLOOR, SCALE, carrying, changing, lowest, without

TOO_LONG = "would take too long for the page"
FACTS = ("label", "probability", "undecided", "possible", "truncated", "unknown", "score", "label_name")
SHORTER = "; shorten the sentences, take larger units, or ask `yiju explain`, which has no such bound"


def offer(explainer: Explainer, limits: Limits, models: Sequence[Which] = ("own",)) -> dict[str, Any]:
    """What `GET /api/methods` tells. models: those that the server has."""
    return {
        "models": list(models),
        "methods": [described(explainer, name) for name in fitting(explainer)],
        "classes": explainer.scorer.classes,
        "single": explainer.scorer.single,
        "decides": explainer.decision.decides,
        "margin": explainer.margin if explainer.scorer.single else None,
        "threshold": explainer.threshold,
        "evidence": explainer.evidence is not None and explainer.evidence.there,
        "scale": SCALE,
        "floor": FLOOR,
        "about": explainer.about,
        "longest": explainer.max_length,
        "characters": CHARACTERS,
        "file_bytes": limits.file_bytes,
        "rows": limits.rows,
    }


def judge(explainer: Explainer, effort: Effort, pair: Pair) -> dict[str, Any]:
    """Judgement of a pair. Raises Refusal."""
    if effort.judgement(effort.size(pair.q, pair.t)) > MOST:
        raise Refusal(422, "too_much", f"this pair would take too long for the page{SHORTER}")
    (found,) = explainer.predict([(pair.q, pair.t)])
    return {name: getattr(found, name) for name in FACTS} | _told(explainer, found)


def _told(explainer: Explainer, found: Judgement) -> dict[str, Any]:
    return {"reordered": is_reordered(found.q, found.t), "notes": notes(found, explainer.about)}


def explain(explainer: Explainer, effort: Effort, question: Question) -> dict[str, Any]:
    """Judgement, scores and, where asked for and affordable, matrix and curve. Raises Refusal.

    The rationale is the smallest that keeps the judgement, where looking for it is affordable; else a share.
    """
    options = question.options.model_dump(exclude_none=True)
    size = effort.size(question.q, question.t, question.units)
    method = affordable_method(effort, [size], chosen(explainer, question.method, options), options)
    if method is None:
        raise Refusal(422, "too_much", f"{question.method} of this pair would take too long for the page{SHORTER}")
    orders = affordable(effort, size)
    costs = {"matrix": effort.matrix(size), "curve": effort.curve(size)}
    asked = [name for name in costs if getattr(question, name)]
    left_out = {name: f"{TOO_LONG}{SHORTER}" for name in asked if costs[name] > MOST}
    given = [name for name in asked if name not in left_out]
    searched = effort.rationale(size) <= MOST
    if "curve" in given and not orders:
        left_out["random_curve"] = f"the curve in random order {TOO_LONG}{SHORTER}"
    if not searched:
        left_out["rationale"] = f"the smallest one {TOO_LONG}; it is the best {RATIO:.1%} of either sentence instead"
    name = method.pop("method")
    (found,) = explainer.explain(
        [(question.q, question.t)],
        name,
        "occlusion" if "matrix" in given else None,
        None if searched else RATIO,
        question.target,
        question.contrast,
        units=question.units,
        evidence=question.evidence,
        **method,
    )
    curve, chance = curves_of(explainer, found, orders) if "curve" in given else (None, None)
    told = _told(explainer, found) | _effects(found) | {"signed": get_method(name).signed}
    return found.to_dict() | told | {"curve": curve, "random_curve": chance, "left_out": left_out}


def _effects(found: Explanation) -> dict[str, Any]:
    """What carries the judgement, and the segments with their colours."""
    certainty = None if isnan(found.certainty) else found.certainty
    carried = [
        {
            "side": side,
            "index": index,
            "probability": None if certainty is None else without(certainty, effect),
            "score": found.score - (effect or 0.0),
        }
        for side, index, _, effect in (changing if certainty is None else carrying)(found.parts)
    ]
    segments = {
        f"{name}_segments": [asdict(one) | {"strength": one.strength} for one in side.segments]
        for name, side in zip("qt", found.sides, strict=True)
    }
    least = None if certainty is None else lowest(certainty, found.parts)
    return {"carried": carried, "certainty": certainty, "lowest": least} | segments


def turn(explainer: Explainer, effort: Effort, pair: Divided) -> dict[str, Any]:
    """The smallest deletion that turns the judgement. Raises Refusal."""
    limit = effort.deletions(effort.size(pair.q, pair.t, pair.units))
    if not limit:
        raise Refusal(422, "too_much", f"a counterfactual of this pair would take too long for the page{SHORTER}")
    (found,) = explainer.counterfactuals([(pair.q, pair.t)], limit=limit, units=pair.units)
    return {
        "label": found.label,
        "turned": found.turned,
        "found": found.found,
        "q": found.q,
        "t": found.t,
        "probability": found.probability,
        "limit": limit,
    }
