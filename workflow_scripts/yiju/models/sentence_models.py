"""Opening folders of sentence-transformers whose models read the two texts by themselves."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

from tokenizers import AddedToken
from tokenizers.normalizers import Lowercase, Sequence
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.border import border
from yiju.models.config_values import shown
from yiju.models.fitting import check_vocabulary, positions, tell_doubts
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.module_files import Modules
from yiju.models.scorer import SINGLE
from yiju.models.scorers.bi_encoder import SIMILARITIES, BiEncoder
from yiju.models.scorers.late_interaction import Expansion, LateInteraction
from yiju.models.scorers.separate import SeparateScorer
from yiju.models.template import PROBES, Template, separate_template_of
from yiju.models.text_encoder import Normalize, TextEncoder
from yiju.models.text_steps import INSTEAD, includes_prompt, read_steps
from yiju.models.tokens import encode

SIDES = ("query", "document")
# What PyLate fills queries up to where its config does not say.
PYLATE_LENGTH = 32
# A text's input needs as many tokens.
SHORTEST = 3
# Keys of config_sentence_transformers.json that PyLate alone writes.
OF_PYLATE = ("query_prefix", "document_prefix", "do_query_expansion", "attend_to_expansion_tokens", "skiplist_words")
OF_LATE = ("MultiVectorEncoder", "ColBERT")


def open_sentence_model(folder: Path, modules: Modules, device: str) -> SeparateScorer | None:
    """The scorer of a folder of sentence-transformers; None for a cross-encoder's.

    Raises YijuError, naming place and remedy, for a model of a kind that yiju does not compute.
    """
    kind = modules.library.get("model_type")
    if kind == "SparseEncoder" or {"SpladePooling", "SparseAutoEncoder"} & set(modules.names):
        raise YijuError(f"{folder}: a SparseEncoder, whose vectors yiju does not compute; {INSTEAD}")
    late = kind in OF_LATE or "MultiVectorMask" in modules.names or any(key in modules.library for key in OF_PYLATE)
    if not late and kind != "SentenceTransformer" and "Pooling" not in modules.names:
        return None
    _check_transformer(folder, modules)
    opened = _late_interaction(folder, modules, device) if late else _bi_encoder(folder, modules, device)
    with border(folder, "the model cannot judge a pair", "fetch the whole checkpoint again"):
        q, t = (opened.encode([text], side) for side, text in enumerate(PROBES))
        opened.predict(opened.pair_up(q, t), 1)
    return opened


def _bi_encoder(folder: Path, modules: Modules, device: str) -> BiEncoder:
    name = modules.library.get("similarity_fn_name") or "cosine"
    if name not in SIMILARITIES:
        raise YijuError(f"{folder}: similarity_fn_name is {shown(name)}; yiju knows {', '.join(SIMILARITIES)}")
    model, tokenizer = _opened(modules, True, device)
    leads = _leads(modules)
    template = separate_template_of(tokenizer, leads, f"{folder}: ")
    longest = _longest(modules, model.encoder, tokenizer)
    prompts = (0, 0) if includes_prompt(modules) else [_prompt_length(tokenizer, template, lead) for lead in leads]
    return BiEncoder(
        model,
        tokenizer,
        template,
        longest,
        SINGLE,
        limits=(longest, longest),
        similarity_name=name,
        skipped=(prompts[0], prompts[1]),
    )


def _late_interaction(folder: Path, modules: Modules, device: str) -> LateInteraction:
    model, tokenizer = _opened(modules, False, device)
    leads = _leads(modules)
    if any(key in modules.library for key in OF_PYLATE):
        _keep_whole(tokenizer, leads)
    template = separate_template_of(tokenizer, leads, f"{folder}: ")
    if _is_pylate(modules):
        model.steps.append(Normalize())
    expansion = _expansion(folder, modules, tokenizer)
    limits = _limits(modules, model.encoder, tokenizer, expansion)
    return LateInteraction(
        model,
        tokenizer,
        template,
        max(limits),
        SINGLE,
        limits=limits,
        mean=str(modules.library.get("similarity_fn_name")).lower() == "meanmaxsim",
        skipped=_skipped(modules, tokenizer),
        expansion=expansion,
        normalised=isinstance(model.steps[-1], Normalize) if len(model.steps) else False,
    )


def _opened(modules: Modules, pooled: bool, device: str) -> tuple[TextEncoder, PreTrainedTokenizerBase]:
    folder = modules.steps[0].folder
    encoder = load_model(folder, "encoder", whole=True, pickled=True)
    tokenizer = load_tokenizer(folder)
    if encoder.config.is_encoder_decoder:
        raise YijuError(f"{folder}: a {encoder.config.model_type} model, of encoder and decoder; {INSTEAD}")
    check_vocabulary(encoder, tokenizer)
    tell_doubts(encoder, tokenizer)
    if modules.transformer.get("do_lower_case"):
        backend = tokenizer.backend_tokenizer
        backend.normalizer = Sequence([Lowercase(), *([backend.normalizer] if backend.normalizer else [])])
    # Nothing is generated, so that nothing need be kept for a next token.
    encoder.config.use_cache = False
    steps = read_steps(modules, pooled, encoder.config.hidden_size)
    return TextEncoder(encoder, steps).eval().to(device), tokenizer


def _check_transformer(folder: Path, modules: Modules) -> None:
    """Refuse settings by which the transformer would give something else than the states of a text's tokens."""
    told = modules.transformer
    wanted = {"transformer_task": "feature-extraction", "module_output_name": "token_embeddings"}
    for key, value in wanted.items():
        if told.get(key, value) != value:
            raise YijuError(f"{folder}: {key} is {shown(told[key])}; yiju computes {value} alone: {INSTEAD}")
    if "message" in (told.get("modality_config") or {}):
        raise YijuError(f"{folder}: modality_config asks for texts in a chat template; {INSTEAD}")


def _leads(modules: Modules) -> tuple[str, str]:
    """What is put before q, as a query, and before t, as a document: prompts, and the markers of PyLate before them."""
    prompts = modules.library.get("prompts") or {}
    found = []
    for side in SIDES:
        prompt, marker = prompts.get(side) or "", modules.library.get(f"{side}_prefix") or ""
        found.append(marker + prompt.removeprefix(marker))
    return found[0], found[1]


def _keep_whole(tokenizer: PreTrainedTokenizerBase, leads: tuple[str, str]) -> None:
    """Let the tokeniser write PyLate's markers as the single tokens that they are in its vocabulary."""
    known, markers = tokenizer.get_vocab(), []
    for lead in leads:
        marker = next((one for one in (lead, *lead.split(None, 1)[:1]) if one in known), None)
        if marker is not None and tokenizer.tokenize(marker) != [marker]:
            markers.append(AddedToken(marker, normalized=False, special=True))
    if markers:
        tokenizer.add_special_tokens({"additional_special_tokens": markers})


def _is_pylate(modules: Modules) -> bool:
    """Whether the folder names two modules alone, where masking and normalisation go without saying."""
    return modules.library.get("model_type") == "ColBERT"


def _longest(modules: Modules, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """How many tokens of a text are read: what the folder says, at most what the model has positions for."""
    told = modules.transformer.get("max_seq_length") or tokenizer.model_max_length
    return _length("max_seq_length", min(told, positions(model)))


def _length(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < SHORTEST:
        raise YijuError(f"{key} is {shown(value)}; a text needs {SHORTEST} tokens or more: correct it")
    return int(value)


def _prompt_length(tokenizer: PreTrainedTokenizerBase, template: Template, lead: str) -> int:
    """How many tokens at the beginning of an input are the prompt's; 0 where there is none."""
    if not lead:
        return 0
    before, after = template.single
    ids = [*before, *encode(tokenizer, [lead]).ids.tolist(), *after]
    return len(ids) - (ids[-1] in tokenizer.all_special_ids)


def _expansion(folder: Path, modules: Modules, tokenizer: PreTrainedTokenizerBase) -> Expansion | None:
    told = _told_expansion(modules)
    if told is None:
        return None
    token = told.get("token")
    number = tokenizer.mask_token_id if token is None else tokenizer.get_vocab().get(token)
    number = tokenizer.eos_token_id if number is None and token is None else number
    if number is None:
        raise YijuError(f"{folder}: query_expansion names the token {shown(token)}, which the vocabulary does not hold")
    return Expansion(_length("query_expansion, length", told.get("length")), number, bool(told.get("attend")))


def _told_expansion(modules: Modules) -> dict[str, Any] | None:
    """query_expansion, as sentence-transformers has it or as PyLate tells it."""
    own, library = modules.transformer, modules.library
    if "query_expansion" in own or "query_expansion" in library:
        return own.get("query_expansion", library.get("query_expansion"))
    if not any(key in library for key in OF_PYLATE) or library.get("do_query_expansion") is False:
        return None
    length = library.get("query_length") or PYLATE_LENGTH
    return {"strategy": "fixed", "length": length, "attend": library.get("attend_to_expansion_tokens")}


def _limits(
    modules: Modules, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, expansion: Expansion | None
) -> tuple[int, int]:
    """Tokens that are read of q and of t: a query that is filled up to a fixed length is cut to it, too."""
    own, longest = modules.transformer | modules.library, _longest(modules, model, tokenizer)
    q, t = (min(_length(key, own.get(key) or longest), positions(model)) for key in ("query_length", "document_length"))
    if expansion is None:
        return q, t
    fixed = (_told_expansion(modules) or {}).get("strategy") == "fixed"
    return (expansion.length if fixed else max(q, expansion.length)), t


def _skipped(modules: Modules, tokenizer: PreTrainedTokenizerBase) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids of the tokens of q and of t that are not scored: those of a document alone, unless the folder says more."""
    mask = modules.step("MultiVectorMask")
    if mask is None:
        words = modules.library.get("skiplist_words")
        words = list(string.punctuation) if words is None and _is_pylate(modules) else words or []
        tasks = ["document"]
    else:
        if mask.config.get("keep_only_token_ids"):
            raise YijuError(f"{mask.folder}: keep_only_token_ids, which is for images; {INSTEAD}")
        words = mask.config.get("skiplist_words") or []
        told = mask.config.get("skiplist_tasks") or ["document"]
        tasks = [told] if isinstance(told, str) else told
    vocabulary = tokenizer.get_vocab()
    ids = tuple(vocabulary[word] for word in words if word in vocabulary)
    q, t = (ids if side in tasks else () for side in SIDES)
    return q, t
