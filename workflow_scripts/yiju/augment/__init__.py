"""More training pairs out of those there are: similar is transitive, and what is unlike one is unlike its like."""

from yiju.augment.pipeline import Inputs, augment_pairs

__all__ = ["Inputs", "augment_pairs"]
