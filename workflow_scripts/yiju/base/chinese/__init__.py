"""The Chinese catalogues: what `yiju.base.language` has for English messages."""
