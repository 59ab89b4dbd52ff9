"""Sentences and pairs that are nearly the same: an exact search, what leaks through them, and a matrix of corpora."""
