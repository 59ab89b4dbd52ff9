"""Techniques of fine-tuning, a file each."""
