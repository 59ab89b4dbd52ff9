"""Loading the model that a command was told to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiju.base.errors import YijuError
from yiju.base.garbage import collector_paused
from yiju.models.named import ON_COMMAND_LINE, Arguments, find_model
from yiju.models.prompt import ON_COMMAND_LINE as PROMPT
from yiju.models.prompt import Wording

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer


def load(
    model: str,
    revision: str | None,
    margin: float | None,
    device: str,
    template: Path | None = None,
    answers: tuple[str, str] | None = None,
    instruction: str | None = None,
    calibration: str | None = None,
    seed: int | None = None,
    named: Arguments = ON_COMMAND_LINE,
) -> Explainer:
    """The explainer of the options that commands share; seed: of a command that draws; named: how messages call the
    model and its commit."""
    known: dict[str, Any] = {name: value for name, value in (("margin", margin), ("seed", seed)) if value is not None}
    prompt = None if template is None else _text(template)
    # The command line names yes first; answers are numbered like labels, no being 0.
    wording = Wording(prompt, answers and (answers[1], answers[0]), instruction, PROMPT)
    folder = find_model(model, revision, named)
    with collector_paused():
        # Not before it is known that there is a model: torch takes seconds.
        from yiju.app.explainer import Explainer

        return Explainer.opened(folder, model, device, calibration or True, wording, **known)


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YijuError(f"--template {file}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
