"""Highlights that people made in an annotation tool, as gold rationales."""
