"""What a set says of the model and of its rationales, each figure with an interval and with trivial baselines."""
