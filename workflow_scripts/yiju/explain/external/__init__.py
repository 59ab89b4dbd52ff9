"""Attributions that other libraries computed: read from a table, and mapped to segments so that a study measures them.

What Captum, SHAP, shapiq and inseq hold becomes such a table by `from_captum`, `from_shap`, `from_shapiq` and
`from_inseq`, which return its rows, and `write_attributions`.
"""

from yiju.explain.external.attribution_rows import write_attributions
from yiju.explain.external.converters import from_captum, from_inseq, from_shap, from_shapiq

__all__ = ["from_captum", "from_inseq", "from_shap", "from_shapiq", "write_attributions"]
