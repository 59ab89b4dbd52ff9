"""Corpora in their publishers' formats."""
