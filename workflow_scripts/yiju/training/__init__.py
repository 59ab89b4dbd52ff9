"""Training: one loop for post-training and fine-tuning, its techniques, and resuming."""
