"""Augmentation: more training pairs out of those that there are."""
