"""Tokenisers as each architecture has them: transformers' own classes over vocabularies learnt here."""

from __future__ import annotations

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    AlbertTokenizer,
    BertTokenizer,
    DebertaV2Tokenizer,
    DistilBertTokenizer,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    Qwen2Tokenizer,
    RobertaTokenizer,
    XLMRobertaTokenizer,
)
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

from families import prompts
from families.charsmap import charsmap
from families.vocabularies import byte_pairs, unigrams, wordpieces

BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
ALBERT = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")
# What Qwen's tokenisers merge within: a space belongs to the word after it, a newline to the punctuation before it.
QWEN_WORDS = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(
            Regex(PRETOKENIZE_REGEX),
            behavior="isolated",
        ),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)


def bert(kind: type[PreTrainedTokenizerBase] = BertTokenizer) -> PreTrainedTokenizerBase:
    """WordPiece: [CLS] q [SEP] t [SEP], with segment ids."""
    return kind(vocab=wordpieces(BERT), do_lower_case=True)


def distilbert() -> PreTrainedTokenizerBase:
    """BERT's, without segment ids."""
    return bert(DistilBertTokenizer)


def roberta() -> PreTrainedTokenizerBase:
    """Byte-level BPE: <s> q </s></s> t </s>, without segment ids."""
    vocabulary, merges = byte_pairs(ROBERTA)
    return RobertaTokenizer(vocab=vocabulary, merges=merges)


def xlm_roberta() -> PreTrainedTokenizerBase:
    """Unigram with a ▁ before every word, over usual forms of characters: <s> q </s></s> t </s>, no segment ids."""
    *special, mask = ROBERTA
    pieces = unigrams(tuple(special))
    return XLMRobertaTokenizer(vocab=[*pieces, (mask, 0.0)], _spm_precompiled_charsmap=charsmap())


def deberta_v2() -> PreTrainedTokenizerBase:
    """Unigram with ▁: [CLS] q [SEP] t [SEP], with segment ids that the model may pass over."""
    return DebertaV2Tokenizer(vocab=unigrams(BERT, "NFC"))


def albert() -> PreTrainedTokenizerBase:
    """Unigram with ▁ over decomposed and lower-cased text without accents: [CLS] q [SEP] t [SEP]."""
    return AlbertTokenizer(vocab=unigrams(ALBERT))


def modernbert() -> PreTrainedTokenizerBase:
    """Byte-level BPE over composed characters: [CLS] q [SEP] t [SEP], without segment ids."""
    vocabulary, merges = byte_pairs(BERT)
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")],
    )
    names = {f"{token.strip('[]').lower()}_token": token for token in BERT}
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_input_names=["input_ids", "attention_mask"], **names)


def qwen3() -> PreTrainedTokenizerBase:
    """Byte-level BPE over composed characters, nothing around a text, padding at the left; "yes" is one token."""
    texts = (prompts.PREFIX, prompts.content("What", "the"), *prompts.ANSWERS * 40)
    vocabulary, merges = byte_pairs(tuple(prompts.SPECIAL), texts, QWEN_WORDS)
    if not set(prompts.ANSWERS) <= set(vocabulary):
        raise AssertionError(f"the tokeniser's training made no tokens of {prompts.ANSWERS}")
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=merges, eos_token="<|im_end|>", padding_side="left")
    tokenizer.add_tokens([AddedToken(token, special=token.startswith("<|")) for token in prompts.SPECIAL])
    return tokenizer


def qwen3_embedding() -> PreTrainedTokenizerBase:
    """Qwen3's with <|endoftext|> after each text, as Qwen3-Embedding has it."""
    tokenizer, end = qwen3(), "<|endoftext|>"
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A:0 {end}:0", pair=f"$A:0 {end}:0 $B:1 {end}:1", special_tokens=[(end, tokenizer.pad_token_id)]
    )
    return tokenizer
