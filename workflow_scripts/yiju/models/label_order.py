"""Which of a classifier's two outputs means similar, by the names that its config gives them."""

from __future__ import annotations

import copy
import logging
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from yiju.base.errors import YijuError
from yiju.models.folder_files import LABELS

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedConfig, PreTrainedModel

log = logging.getLogger(__name__)
# What people call the two labels of a pair, lower case, without spaces and signs.
SIMILAR_WORDS = (
    "similar same equal equivalent equivalence paraphrase paraphrased paraphrases duplicate duplicated match matched "
    "matching positive pos entailment entailed entails yes y true t related relevant identical synonymous synonym "
    "similarity correct right 1 "
    "相似 相近 相同 同 同义 等价 等同 重复 匹配 一致 一样 近似 类似 正 正例 正类 正样本 是 对 真 蕴含 蕴涵 "
    "相关 有关 正确"
)
NOT_SIMILAR_WORDS = (
    "different difference distinct negative neg contradiction contradictory contradicts neutral no n none false f "
    "unlike other mismatch mismatched random wrong 0 "
    "不同 相异 异 异义 否 非 负 负例 负类 负样本 假 错 矛盾 中立 中性 无关 错误 不"
)
SIMILAR, NOT_SIMILAR = frozenset(SIMILAR_WORDS.split()), frozenset(NOT_SIMILAR_WORDS.split())
NEGATIONS = ("not", "non", "no", "dis", "un", "in", "ir", "不是", "不", "非", "无", "未", "没有", "没")
# Words that say what is judged, not how.
FRAME = re.compile(
    r"^(?:label|class|is|are|a|the|semantically|semantic|sentences?|questions?|pairs?|语义|句意|意思|句子|问题|文本|标签|类别)+"
    r"(?=.)|(?<=.)(?:sentences?|questions?|pairs?|label|class|的|句对|句子|问题|样本)+$"
)
GENERIC = re.compile(r"(?:label_)?\d+", re.IGNORECASE)


def means_similar(name: object) -> bool | None:
    """Whether a label's name says similar (True) or not similar (False); None for a name that is not known."""
    words = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(name)).casefold())
    for word in dict.fromkeys((words, FRAME.sub("", words))):
        if word in SIMILAR or word in NOT_SIMILAR:
            return word in SIMILAR
        for negation in NEGATIONS:
            rest = word.removeprefix(negation)
            if rest != word and (found := _plain(FRAME.sub("", rest))) is not None:
                return not found
    return None


def zero_is_similar(id2label: Mapping | None, label2id: Mapping | None) -> bool:
    """Whether the names of two labels say that output 0 means similar and output 1 not similar.

    id2label, label2id: as in config.json, or None; names that are not known change nothing. Raises YijuError where both
    outputs mean the same, or the two maps disagree.
    """
    maps = {"id2label": _by_output(id2label), "label2id": _by_output(_inverted(label2id))}
    # transformers writes its own LABEL_0 and LABEL_1 beside names that somebody gave to one of the maps alone.
    said = {key: names for key, names in maps.items() if names and not _generic(names)}
    readings = [_reading(names, key) for key, names in said.items()]
    if len(said) == 2:
        first, second = said.values()
        if readings[0] != readings[1] or (readings[0] is None and first != second):
            raise YijuError(f"config.json: id2label says {first} but label2id says {second}; correct the wrong one")
    return readings[:1] == [True]


def in_order(model: PreTrainedModel) -> PreTrainedModel:
    """A classifier of two labels whose output 0 means not similar and output 1 similar: the model itself where it is.

    Where the names in its config say the opposite, a model that shares all weights but those of its head, whose two
    outputs are exchanged, as are the names and the sign of `decision_margin`. Raises YijuError as `zero_is_similar`.
    """
    config = model.config
    if config.num_labels != 2 or not zero_is_similar(config.id2label, config.label2id):
        return model
    log.warning(
        "the config names label 0 %s and label 1 %s: the two outputs are exchanged, so that 1 means similar",
        *_names(config),
    )
    return exchanged(model)


def exchanged(model: PreTrainedModel) -> PreTrainedModel:
    """A classifier of two labels with its outputs in the other order; the encoder is shared, the head is a copy."""
    import torch

    name = _head(model)
    other = copy.copy(model)
    # A shallow copy shares its dicts of modules, parameters and hooks; a change of one must not reach the other.
    other.__dict__ |= {key: copy.copy(value) for key, value in vars(model).items() if isinstance(value, dict)}
    other.config = copy.deepcopy(model.config)
    setattr(other, name, copy.deepcopy(getattr(model, name)))
    last = _last_linear(getattr(other, name))
    assert last is not None, "what makes it the head"
    with torch.no_grad():
        last.weight.copy_(last.weight.flip(0))
        if last.bias is not None:
            last.bias.copy_(last.bias.flip(0))
    name_outputs(other.config, _names(other.config)[::-1])
    if hasattr(other.config, "decision_margin"):
        other.config.decision_margin = -float(other.config.decision_margin)
    return other


def name_outputs(config: PreTrainedConfig, names: list[str] | None = None) -> None:
    """Name the two outputs in a config, yiju's own names where none are given."""
    named = dict(LABELS) if names is None else dict(enumerate(names))
    config.id2label, config.label2id = named, {name: label for label, name in named.items()}


def _names(config: PreTrainedConfig) -> list[str]:
    """The names of outputs 0 and 1, by whichever of the config's maps names both."""
    names = _by_output(config.id2label) or _by_output(_inverted(config.label2id))
    assert names is not None, "read from these maps"
    return [names[0], names[1]]


def _plain(word: str) -> bool | None:
    return True if word in SIMILAR else False if word in NOT_SIMILAR else None


def _by_output(names: Mapping | None) -> dict[int, str] | None:
    """Names of outputs 0 and 1; None where the map does not name these two and no others."""
    if not isinstance(names, Mapping):
        return None
    numbered = {int(key): str(name) for key, name in names.items() if re.fullmatch(r"\d+", str(key))}
    return {0: numbered[0], 1: numbered[1]} if sorted(numbered) == [0, 1] and len(names) == 2 else None


def _inverted(label2id: Mapping | None) -> dict | None:
    if not isinstance(label2id, Mapping):
        return None
    inverse = {str(number): name for name, number in label2id.items()}
    if len(inverse) < len(label2id):
        raise YijuError(f"config.json: label2id gives two names the same number: {dict(label2id)}; correct it")
    return inverse


def _generic(names: Mapping[int, str]) -> bool:
    """Whether the names are numbers that equal the outputs', which say nothing of their meaning."""
    return all(GENERIC.fullmatch(name) and int(re.sub(r"\D", "", name)) == label for label, name in names.items())


def _reading(names: Mapping[int, str], key: str) -> bool | None:
    """Whether output 0 means similar; None where no name is known."""
    zero, one = (means_similar(names[label]) for label in (0, 1))
    if zero is not None and zero == one:
        raise YijuError(
            f"config.json: {key} says {dict(names)}: both labels mean {LABELS[int(zero)]}; name one of them not similar"
        )
    # A number alone, beside a name that is not known, says too little.
    if zero is None and one is not None:
        return None if GENERIC.fullmatch(names[1]) else not one
    if one is None and zero is not None:
        return None if GENERIC.fullmatch(names[0]) else zero
    return zero


def _head(model: PreTrainedModel) -> str:
    """Name of the part that holds a classifier's last layer."""
    parts = [name for name, part in model.named_children() if part is not model.base_model and _last_linear(part)]
    if not parts:
        raise YijuError(
            f"config.json: its labels say that 0 means similar, and {type(model).__name__} has no linear layer of two "
            "outputs that could be exchanged; exchange them in the checkpoint"
        )
    return parts[-1]


def _last_linear(part: nn.Module) -> nn.Linear | None:
    """The last linear layer of two outputs in a part of a model."""
    from torch import nn

    found = [module for module in part.modules() if isinstance(module, nn.Linear) and module.out_features == 2]
    return found[-1] if found else None
