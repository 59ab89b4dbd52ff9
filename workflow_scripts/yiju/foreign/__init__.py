"""Explanations of other programs: read from a table, laid over the segments that are shown here, and measured."""
