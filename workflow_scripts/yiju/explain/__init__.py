"""Explanations: attribution methods, interactions of two sentences, counterfactuals and rationales."""
