"""Evaluation: metrics with intervals, baselines, the study of explanation methods, and examples."""
