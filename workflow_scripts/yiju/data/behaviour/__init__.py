"""Minimal pairs for Chinese matching: one sentence, one change, and what it must do to the judgement."""
