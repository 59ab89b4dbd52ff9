"""Copies of the project, as fixtures."""

from projects import finished, project, template

__all__ = ["finished", "project", "template"]
