"""More training pairs out of those there are: similar is transitive, and what is unlike one is unlike its like."""

from yiju.augment.pipeline import augment_pairs

__all__ = ["augment_pairs"]
