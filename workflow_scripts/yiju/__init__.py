"""yiju (依据): Chinese sentence-pair similarity with the characters that every judgement rests on."""

__version__ = "0.1.0"
