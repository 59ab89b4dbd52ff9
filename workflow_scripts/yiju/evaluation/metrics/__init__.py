"""How good labels and rationales are, each figure with its trivial rivals and its interval."""
