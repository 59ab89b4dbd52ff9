"""All corpora as one numbered table of pairs, what is taken out of it, and a ledger where every row is found again."""

from yiju.pairs.merge import Corpus, Outputs, merge_corpora
from yiju.pairs.texts import write_texts

__all__ = ["Corpus", "Outputs", "merge_corpora", "write_texts"]
