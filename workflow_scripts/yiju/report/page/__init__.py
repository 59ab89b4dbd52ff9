"""The report: one page that needs nothing beside itself. Every text on it is escaped, whoever wrote it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yiju.base.files import write_text
from yiju.base.language import speaking
from yiju.base.types import Language
from yiju.report.page_context import gather
from yiju.report.templates import environment

log = logging.getLogger(__name__)


def render_report(
    inputs: Mapping[str, Any],
    run: Path,
    synthetic: Mapping[str, Sequence[str]],
    out: str | Path,
    language: Language = "en",
) -> None:
    """Write the page of a run.

    inputs: paths by the names of the rule's inputs; lists go by set (dev, the further splits, then the explained ones)
    or by set and method, as the run's configuration names them; out_of_fold is empty without folds. run: its folder,
    where timings may be missing; synthetic: corpora and test sets (`yiju.models.sources.synthetic`); language: of the
    page.
    """
    with speaking(language):
        context = gather(inputs, run, synthetic)
        page = render(context)
    for alert in [*context["doubts"], *context["alerts"]]:
        log.warning("%s. %s", alert.title, alert.text)
    write_text(out, page)
    log.info("%s: %.1f MB", out, len(page.encode("utf-8")) / 1e6)


def render(context: Mapping[str, Any]) -> str:
    """Fill the template, in the language that is spoken; an unknown name in it is an error."""
    return environment(Path(__file__).parent).get_template("page.html").render(context)
