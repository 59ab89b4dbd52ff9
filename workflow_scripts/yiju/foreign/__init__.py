"""Attributions that other libraries computed: read from a table, and mapped to segments so that a study measures them.

What Captum, SHAP, shapiq and inseq hold becomes such a table by `from_captum`, `from_shap`, `from_shapiq` and
`from_inseq`, which return its rows, and `write_attributions`.
"""

from yiju.foreign.convert import from_captum, from_inseq, from_shap, from_shapiq
from yiju.foreign.rows import write_attributions

__all__ = ["from_captum", "from_inseq", "from_shap", "from_shapiq", "write_attributions"]
