"""Families of pair models, a file each: what a batch of pairs means to a model, and where gradients are taken."""
