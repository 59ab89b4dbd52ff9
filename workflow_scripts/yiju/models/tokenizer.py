"""Loading a checkpoint's tokeniser: one that reads its own vocabulary, and that no text can bring down."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.border import border, without_panic_reports
from yiju.models.folder_files import TOKENIZER_SOURCES, VOCABULARIES
from yiju.models.inspect import TOKENIZER_CONFIG, inspect_tokenizer, read_json
from yiju.models.token_growth import SAMPLES, plain_ids, require_bounded, require_modest
from yiju.models.vocabulary_file import read_lines, twice

log = logging.getLogger(__name__)
PLAIN = "vocab.txt"
ADDED = "added_tokens.json"
UNREADABLE = "the tokeniser cannot be loaded"
OF_SENTENCEPIECE = (
    "tokenizer.json is needed: where sentencepiece and protobuf are installed, transformers writes it by "
    "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
)
REMEDY = "fetch the tokeniser's files again, or take those of the checkpoint that the weights come from"


def load_tokenizer(folder: str | Path, generic: bool = False) -> PreTrainedTokenizerBase:
    """Load the folder's tokeniser: tokenizer.json, or the vocabulary files of older checkpoints.

    generic: as tokenizer.json alone says, whatever class the folder names; this needs no torch. Raises YijuError,
    naming file and remedy, for one that is damaged, asks for code that comes with it, reads its vocab.txt as another
    one, or makes far too many tokens of a text. Warns of what is doubtful.
    """
    tokenizer, doubts = read_tokenizer(Path(folder), generic)
    for doubt in doubts:
        log.warning("%s", doubt)
    return tokenizer


def read_tokenizer(folder: Path, generic: bool = False) -> tuple[PreTrainedTokenizerBase, list[str]]:
    """The folder's tokeniser, and what is doubtful of it as sentences, for whoever does not load it for people."""
    file = next((folder / name for name in VOCABULARIES if (folder / name).is_file()), None)
    if file is None:
        raise YijuError(f"{folder}: neither tokenizer.json nor vocab.txt here; a model folder holds its tokeniser")
    inspect_tokenizer(folder)
    if file.name == VOCABULARIES[0]:
        require_modest(read_json(file), file)
    lines = _plain_vocabulary(folder)
    repeated = twice(lines or [])[:1]
    doubts = [
        f"{folder / PLAIN}: {word!r} is in lines {a} and {b}; its id is that of the last" for word, a, b in repeated
    ]
    remedy = OF_SENTENCEPIECE if file.suffix == ".model" else REMEDY
    with tempfile.TemporaryDirectory() as scratch, without_panic_reports(), border(file, UNREADABLE, remedy):
        source = folder if lines is None else _with_vocabulary(folder, lines, Path(scratch))
        tokenizer = _kind(generic).from_pretrained(source, local_files_only=True, trust_remote_code=False)
        tokenizer.name_or_path = str(folder)
        if lines is not None:
            _check_vocabulary(tokenizer, lines, folder)
        differing = _checked(tokenizer, file)
    if differing is not None:
        doubts.append(
            f"{folder}: {type(tokenizer).__name__}, which the checkpoint names or which belongs to its model_type, "
            f"reads {differing!r} otherwise than tokenizer.json says, and is what counts; for the latter set "
            "tokenizer_class to PreTrainedTokenizerFast in tokenizer_config.json"
        )
    return tokenizer, doubts


def _kind(generic: bool) -> Any:
    """What reads a tokeniser's files. The generic one loads neither torch nor the class of a model."""
    if generic:
        from transformers import PreTrainedTokenizerFast

        return PreTrainedTokenizerFast
    from transformers import AutoTokenizer

    return AutoTokenizer


def _checked(tokenizer: PreTrainedTokenizerBase, file: Path) -> str | None:
    """A text of which a tokeniser makes other tokens than its tokenizer.json does; None where there is none.

    transformers builds BERT's and some others anew from the vocabulary and tokenizer_config.json. Raises YijuError
    where it makes far too many tokens, or fails.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    # Whoever needs offsets refuses a slow one.
    if not isinstance(backend, Tokenizer):
        return None
    require_bounded(backend, file)
    if file.name != VOCABULARIES[0]:
        return None
    told = Tokenizer.from_file(str(file))
    return next((text for text in SAMPLES if plain_ids(told, text) != plain_ids(backend, text)), None)


def _plain_vocabulary(folder: Path) -> list[str] | None:
    """The tokens of a vocab.txt by their ids, where the tokeniser is made of it and of nothing else."""
    present = [name for name in VOCABULARIES if (folder / name).is_file()]
    if present != [PLAIN]:
        return None
    return read_lines(folder / PLAIN)


def _with_vocabulary(folder: Path, lines: list[str], scratch: Path) -> Path:
    """A folder like the given one, whose vocab.txt has no mark, no spaces and no carriage returns around its tokens."""
    for name in ("config.json", *TOKENIZER_SOURCES):
        if (folder / name).is_file():
            shutil.copyfile(folder / name, scratch / name)
    (scratch / PLAIN).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return scratch


def _check_vocabulary(tokenizer: PreTrainedTokenizerBase, lines: list[str], folder: Path) -> None:
    """Refuse a tokeniser that gives other ids than the lines of its vocab.txt do."""
    numbers = {token: number for number, token in enumerate(lines)}
    found = tokenizer.get_vocab()
    # What is nothing but white space never becomes a token, and its line is read as an empty one.
    wrong = [token for token, number in numbers.items() if token.strip() == token and found.get(token) != number]
    if wrong:
        kind = type(tokenizer).__name__
        raise YijuError(
            f"{folder / PLAIN}: {kind} does not read it: it gives {wrong[0]!r} the id {found.get(wrong[0])}, and not "
            f"{numbers[wrong[0]]}, and so with {len(wrong):,} of {len(numbers):,} tokens; where the vocabulary is "
            f"BERT's, write {json.dumps({'tokenizer_class': 'BertTokenizer'})} to {folder}/tokenizer_config.json"
        )
    added = read_json(folder / ADDED) if (folder / ADDED).is_file() else {}
    lacking = [token for token in tokenizer.all_special_tokens if token not in numbers and token not in added]
    if lacking:
        raise YijuError(
            f"{folder / PLAIN}: {', '.join(lacking)} missing, which the tokeniser needs; take the vocab.txt that "
            "belongs to the weights, or name its own special tokens in tokenizer_config.json"
        )
    for token, line, told in _displaced(numbers, folder):
        raise YijuError(
            f"{folder / PLAIN}: {token} is in line {line + 1}, so its id is {line}, and tokenizer_config.json says "
            f"{told}: lines before it are missing or too many, so that all ids after them are wrong; take the "
            "vocab.txt that belongs to the weights"
        )


def _displaced(numbers: Mapping[str, int], folder: Path) -> Iterator[tuple[str, int, int]]:
    """Tokens whose id in tokenizer_config.json is another one than in the vocabulary, with both ids."""
    file = folder / TOKENIZER_CONFIG
    told = read_json(file).get("added_tokens_decoder") if file.is_file() else None
    for number, token in told.items() if isinstance(told, dict) else ():
        content = token.get("content") if isinstance(token, dict) else None
        if isinstance(content, str) and content in numbers and number.isdigit() and int(number) != numbers[content]:
            yield content, numbers[content], int(number)
