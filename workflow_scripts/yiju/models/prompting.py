"""How a folder's model reads pairs: in the caller's prompt, in the chat template's, or as its tokeniser writes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.chat_template import REMEDY, ROLES, chat_template_of
from yiju.models.module_files import Modules
from yiju.models.prompt import Wording, rendered_prompt, written_prompt
from yiju.models.prompt_template import template_of_prompt
from yiju.models.scorer import Scorer
from yiju.models.template import Template, template_of

Read = TypeVar("Read", bound=Scorer)
# Tokens of its texts that a prompt must leave room for.
FEW = 2


def reading(
    tokenizer: PreTrainedTokenizerBase, modules: Modules | None, wording: Wording, chat: bool, place: Path
) -> Template:
    """How a folder's model reads pairs. chat: whether by its chat template, where its modules say nothing.

    Without a prompt an instruction stands before q, as with sentence-transformers. Raises YijuError for a prompt that
    does not hold both texts as they are, or of which the tokeniser makes other tokens than of its parts.
    """
    instruction = wording.instruction if wording.instruction is not None else _default_instruction(modules)
    if wording.template is not None:
        return template_of_prompt(tokenizer, written_prompt(wording.template, instruction, wording.names), str(place))
    form = _table(None if modules is None else modules.transformer, "modality_config").get("message")
    if form is None and not (chat and modules is None):
        return replace(template_of(tokenizer), leads=(instruction or "", ""))
    structured = isinstance(form, dict) and form.get("format") == "structured"
    template = chat_template_of(tokenizer, structured, _chat_options(modules), str(place))
    if modules is None and not template.names_pairs:
        raise YijuError(f"{place}: the chat template knows no pairs of {' and '.join(ROLES)}; {REMEDY}")
    prompt = rendered_prompt(lambda q, t: template.rendered(q, t, instruction), str(place))
    if wording.instruction and wording.instruction not in prompt.whole("", ""):
        names = wording.names
        raise YijuError(
            f"{place}: the chat template passes over the instruction; leave {names.instruction} out, or give "
            f"{names.template}"
        )
    return template_of_prompt(tokenizer, prompt, str(place))


def within(scorer: Read, modules: Modules | None, place: Path) -> Read:
    """A scorer that reads no more tokens than its modules say. Raises YijuError where its prompt leaves no room."""
    told = None if modules is None else modules.transformer.get("max_seq_length")
    longest = min(scorer.max_length, told) if type(told) is int and told > 0 else scorer.max_length
    if scorer.template.room(longest) < FEW:
        raise YijuError(
            f"{place}: the model reads {longest} tokens, and the prompt alone has {scorer.template.around}; shorten "
            "the prompt, or correct model_max_length or max_seq_length"
        )
    return replace(scorer, max_length=longest)


def _default_instruction(modules: Modules | None) -> str | None:
    """The prompt that sentence-transformers takes unless another is asked for."""
    if modules is None:
        return None
    name, prompts = modules.library.get("default_prompt_name"), _table(modules.library, "prompts")
    # As there, an empty prompt is none.
    return (prompts.get(name) or None) if isinstance(name, str) else None


def _chat_options(modules: Modules | None) -> dict[str, Any]:
    """What the folder hands to the chat template; what it says of length and padding is not the template's."""
    settings = _table(None if modules is None else modules.transformer, "processing_kwargs")
    sizes = ("padding", "truncation", "max_length", "return_tensors", "restore_suffix")
    return {key: value for key, value in _table(settings, "chat_template").items() if key not in sizes}


def _table(holder: dict[str, Any] | None, key: str) -> dict[str, Any]:
    found = (holder or {}).get(key)
    return found if isinstance(found, dict) else {}
