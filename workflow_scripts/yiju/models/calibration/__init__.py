"""Calibration of probabilities: fitted on labelled pairs (`fit`), applied to logits (`apply`), measured (`measure`)."""
