"""The models of a server: its own and, where one is given, another one to compare it with."""

from __future__ import annotations

from dataclasses import dataclass

from yiju.app.explainer import Explainer
from yiju.app.web.effort import Effort
from yiju.app.web.refusal import Refusal
from yiju.app.web.request_models import Which
from yiju.models.scorers.onnx_graph import OnnxGraph


@dataclass(frozen=True)
class Served:
    """One of the models, and what its answers cost."""

    explainer: Explainer
    effort: Effort

    @classmethod
    def of(cls, explainer: Explainer) -> Served:
        orders = 2 if explainer.average_orders else 1
        around = explainer.scorer.template.around
        if isinstance(explainer.scorer, OnnxGraph):
            return cls(explainer, Effort(2.0 * orders * explainer.scorer.weights, explainer.max_length, around))
        return cls(explainer, Effort.of(explainer.model, explainer.max_length, orders, around))


@dataclass(frozen=True)
class Models:
    """own: what the server was opened with; against: what it is compared with, None where there is no such model."""

    own: Served
    against: Served | None

    @classmethod
    def of(cls, own: Explainer, against: Explainer | None) -> Models:
        return cls(Served.of(own), None if against is None else Served.of(against))

    @property
    def names(self) -> list[Which]:
        return ["own"] if self.against is None else ["own", "against"]

    def chosen(self, which: Which) -> Served:
        """The model that a request names. Raises Refusal where there is none."""
        found = self.own if which == "own" else self.against
        if found is None:
            raise Refusal(422, "one_model", "this server has one model; yiju serve --against gives it another one")
        return found
