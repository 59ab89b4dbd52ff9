"""The catalogues of `yiju.base.chinese` in traditional characters, made by `python -m tools.traditional`."""
