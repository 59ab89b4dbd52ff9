"""The study: which explanation method to trust on a set, told by faithfulness, agreement, evidence and time."""
