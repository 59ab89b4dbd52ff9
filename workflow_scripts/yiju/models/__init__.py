"""Models: checkpoint folders, tokenisation, inference, calibration, and the lexical baseline."""
