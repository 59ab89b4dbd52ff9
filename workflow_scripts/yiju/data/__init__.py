"""Sentence pairs: corpora and their readers, downloads, filters, duplicates, folds, augmentation, audits."""
