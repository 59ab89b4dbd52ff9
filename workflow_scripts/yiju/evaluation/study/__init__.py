"""The study: which explanation method to trust on a set, by faithfulness, agreement, evidence and time."""
