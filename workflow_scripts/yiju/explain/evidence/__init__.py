"""Evidence from training pairs: which of the pairs that a model learnt speak for a judgement, and which against it."""
