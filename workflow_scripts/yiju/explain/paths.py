"""Gradients on the way from a baseline to the input, smoothed or not: what the gradient methods share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from yiju.base.types import Baseline
from yiju.explain.embeddings import embedding_output, judged_gradient, score_at, score_gradient
from yiju.explain.subject import Subject, TokenScores, total
from yiju.models.removal import keep_tokens
from yiju.models.tokens import Batch, TokenizedPairs


@dataclass(frozen=True)
class Path:
    """Where gradients are taken on the straight way from a baseline (0) to the input (1), and what each counts.

    positions: float64 [steps] or, where every pair has its own, [pairs, steps]; weights: float64 [steps], which sum
    to 1.
    """

    baseline: Baseline
    positions: np.ndarray
    weights: np.ndarray

    @classmethod
    def up_to_input(cls, steps: int) -> Path:
        """The published way: the input scaled by k / steps, k = 1..steps, from zero vectors."""
        return cls("zero", np.arange(1, steps + 1) / steps, np.full(steps, 1 / steps))

    @classmethod
    def gauss_legendre(cls, baseline: Baseline, steps: int) -> Path:
        """Gauss-Legendre quadrature, exact for gradients that are polynomials of degree 2 * steps - 1 on the way."""
        places, weights = np.polynomial.legendre.leggauss(steps)
        return cls(baseline, (places + 1) / 2, weights / 2)

    def between(self, low: np.ndarray, high: np.ndarray) -> Path:
        """The same on a stretch of the way of each pair. low, high: float64 [pairs], where it begins and ends."""
        return replace(self, positions=low[:, None] + (high - low)[:, None] * self.positions)


def input_scores(
    subject: Subject,
    pairs: TokenizedPairs,
    labels: np.ndarray | None,
    smooth: dict | None,
    reduce: Callable[[Tensor], Tensor],
    times_input: bool = True,
) -> TokenScores:
    """What the gradient at the input itself says, times the input if asked; see `path_scores`.

    labels: None for those with the larger logit. The pairs are judged in passing, unless the gradients are smoothed.
    """
    if smooth:
        return TokenScores(path_scores(subject, pairs, labels, Path.up_to_input(1), smooth, reduce, times_input))
    logits, given = (
        np.empty((len(pairs), len(subject.scorer.classes))),
        np.zeros(len(pairs)) if labels is None else labels,
    )

    def score(batch: Batch, chosen: Tensor) -> Tensor:
        output = embedding_output(subject, batch)
        gradient, found = judged_gradient(subject, batch, None if labels is None else chosen, output)
        logits[batch.rows] = found.cpu().double().numpy()
        return reduce(gradient * output if times_input else gradient)

    return TokenScores(subject.per_batch(pairs, given, score), logits=logits)


def path_scores(
    subject: Subject,
    pairs: TokenizedPairs,
    labels: np.ndarray | None,
    path: Path,
    smooth: dict | None,
    reduce: Callable[[Tensor], Tensor],
    times_input: bool = True,
) -> np.ndarray:
    """Token scores, float64, flat as `pairs.ids`: the mean gradient on the path, times input less baseline if asked.

    labels: None for those with the larger logit; smooth: `samples` and `noise` of SmoothGrad (Smilkov 2017), or None:
    the attribution is then the mean of those of noisy inputs, each the end of a path of its own. reduce: from
    [batch, tokens, width] to [batch, tokens].
    """
    labels, blank = subject.decided(pairs) if labels is None else labels, blanked(subject, pairs, path.baseline)
    places = np.broadcast_to(path.positions, (len(pairs), len(path.weights)))

    def score(batch: Batch, chosen: Tensor) -> Tensor:
        start = baseline_output(subject, blank, batch)
        ends = noisy_outputs(subject, pairs, batch, smooth)
        positions = places[batch.rows].repeat(_samples(smooth), 0)
        return reduce(mean_attribution(subject, batch, chosen, start, ends, positions, path.weights, times_input))

    return subject.per_batch(pairs, labels, score, copies=_samples(smooth) * len(path.weights))


def completeness_gap(
    subject: Subject,
    pairs: TokenizedPairs,
    labels: np.ndarray,
    values: np.ndarray,
    baseline: Baseline,
    smooth: dict | None,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
) -> np.ndarray:
    """Sum of token values less what the path's ends say that it is, float64 [pairs].

    That is log p at the input (the mean over the noisy inputs if smoothed) less log p at the baseline or, of a stretch
    of the way, at `high` less at `low`, float64 [pairs].
    """
    blank, expected = blanked(subject, pairs, baseline), np.empty(len(pairs))
    for batch, chosen in subject.batches(pairs, labels, copies=_samples(smooth)):
        start = baseline_output(subject, blank, batch)
        ends = noisy_outputs(subject, pairs, batch, smooth)
        above = ends if high is None else _on_way(start, ends, high[batch.rows])
        below = start if low is None else _on_way(start, ends, low[batch.rows])
        means = [_values(subject, batch, chosen, at).reshape(len(start), -1).mean(-1) for at in (above, below)]
        expected[batch.rows] = (means[0] - means[1]).cpu().numpy()
    return total(pairs, values) - expected


def _on_way(start: Tensor, ends: Tensor, places: np.ndarray) -> Tensor:
    """Embedding outputs on the ways to the ends, [batch * samples, tokens, width]. places: float64 [batch]."""
    samples = len(ends) // len(start)
    at = torch.from_numpy(places).to(start)[:, None, None]
    return torch.lerp(start.repeat_interleave(samples, 0), ends, at.repeat_interleave(samples, 0))


def blanked(subject: Subject, pairs: TokenizedPairs, baseline: Baseline) -> TokenizedPairs | None:
    """The pairs with each of the sentences' own tokens replaced by [PAD] or [MASK]; None for zero vectors."""
    if baseline == "zero":
        return None
    fill = {"pad": subject.pad_id, "mask": subject.mask_id}[baseline]
    return keep_tokens(pairs, np.arange(len(pairs)), np.zeros(len(pairs.ids), dtype=bool), "mask", fill)


def baseline_output(subject: Subject, blank: TokenizedPairs | None, batch: Batch) -> Tensor:
    """Where the paths of a batch begin, [batch, tokens, width]: the embedding output of `blank`, or zero vectors."""
    if blank is None:
        return torch.zeros_like(embedding_output(subject, batch))
    return embedding_output(subject, blank.batch(batch.rows).to(subject.scorer.device))


def noisy_outputs(subject: Subject, pairs: TokenizedPairs, batch: Batch, smooth: dict | None) -> Tensor:
    """The embedding output, [batch * samples, tokens, width], a pair's noisy copies one after another.

    The noise is normal; its standard deviation is `noise` times the range of the pair's embedding output.
    """
    output = embedding_output(subject, batch)
    if smooth is None:
        return output
    samples, copies = smooth["samples"], output.repeat_interleave(smooth["samples"], 0)
    for place, row in enumerate(batch.rows):
        own = output[place, : pairs.lengths[row]]
        noise = subject.generator(pairs, row).standard_normal((samples, *own.shape), dtype=np.float32)
        deviation = smooth["noise"] * (own.max() - own.min())
        copies[place * samples : (place + 1) * samples, : len(own)] += torch.from_numpy(noise).to(own) * deviation
    return copies


def passes(subject: Subject, batch: Batch, points: int) -> Iterator[Tensor]:
    """Numbers 0..points - 1 of variants of a batch's pairs, in equal shares that a pass has room for."""
    room = max(1, subject.budget // batch.input_ids.shape[1])
    if points:
        yield from torch.arange(points, device=batch.input_ids.device).tensor_split(-(-points // room))


def mean_attribution(
    subject: Subject,
    batch: Batch,
    labels: Tensor,
    start: Tensor,
    ends: Tensor,
    positions: np.ndarray,
    weights: np.ndarray,
    times_input: bool = True,
) -> Tensor:
    """The mean over ways from `start` to `ends` of the gradient on the way, times the way if asked.

    start: [batch, tokens, width]; ends: [batch * samples, tokens, width]; positions: float64 [batch * samples, steps],
    where the gradient is taken, 0 at the start and 1 at the end; weights: float64 [steps]. Returns
    [batch, tokens, width].
    """
    samples, steps = len(ends) // len(start), len(weights)
    places, shares_of = (torch.from_numpy(values).to(start) for values in (positions, weights))
    mean = torch.zeros_like(start)
    for points in passes(subject, batch, len(ends) * steps):
        end, step = points // steps, points % steps
        pair = end // samples
        way = ends[end] - start[pair]
        at = start[pair] + places[end, step, None, None] * way
        gradient = score_gradient(subject, batch.take(pair), labels[pair], at)
        # A product, not index_add, whose order of summing differs from run to run on a GPU.
        shares = start.new_zeros(len(start), len(points))
        shares[pair, torch.arange(len(points), device=pair.device)] = shares_of[step] / samples
        mean += torch.tensordot(shares, gradient * way if times_input else gradient, 1)
    return mean


def _values(subject: Subject, batch: Batch, labels: Tensor, outputs: Tensor) -> Tensor:
    """log p(label) at embedding outputs, float64 [outputs], as many of them for each pair of the batch."""
    samples = len(outputs) // len(labels)
    with torch.no_grad():
        found = [
            score_at(subject, batch.take(points // samples), labels[points // samples], outputs[points])
            for points in passes(subject, batch, len(outputs))
        ]
    return torch.cat(found).double()


def _samples(smooth: dict | None) -> int:
    return smooth["samples"] if smooth else 1
