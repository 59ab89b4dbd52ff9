"""Prompts of decoder rerankers: Qwen3-Reranker's, in the forms in which folders and model cards have it."""

from __future__ import annotations

SYSTEM = (
    "Judge whether the Document meets the requirements based on the Query and the Instruct provided. "
    'Note that the answer can only be "yes" or "no".'
)
INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
PREFIX = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n"
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
ANSWERS = ["yes", "no"]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]

# What sentence-transformers hands to a template: a message for each side of the pair, and the instruction, where there
# is one, as the system's.
PAIR_TEMPLATE = (
    "{%- set instruction = messages | selectattr('role', 'eq', 'system') | map(attribute='content') | first"
    f" | default({INSTRUCTION!r}) -%}}"
    "{%- set query = messages | selectattr('role', 'eq', 'query') | map(attribute='content') | first -%}"
    "{%- set document = messages | selectattr('role', 'eq', 'document') | map(attribute='content') | first -%}"
    f"{{{{- {PREFIX!r} ~ '<Instruct>: ' ~ instruction ~ '\\n<Query>: ' ~ query ~ '\\n<Document>: ' ~ document"
    f" ~ {SUFFIX!r} -}}}}"
)
# A chat model's own, which knows no queries and documents.
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)


def written(q: str = "{q}", t: str = "{t}", instruction: str = "{instruction}") -> str:
    """The whole prompt; by default with the places of its three texts, as yiju's option has them."""
    return f"{PREFIX}{content(q, t, instruction)}{SUFFIX}"


def content(q: str, t: str, instruction: str = INSTRUCTION) -> str:
    """The user's message: what stands between prefix and suffix."""
    return f"<Instruct>: {instruction}\n<Query>: {q}\n<Document>: {t}"
