"""Techniques of fine-tuning: one file each, known by its name; a new technique is a new file.

A file holds `TECHNIQUE`, what is known of the technique without computing (`yiju.config.technique`). It may have
`during(classifier, options)`: a context manager in which the classifier (a model of transformers) is trained. It
changes or hooks the classifier, and leaves it as a stock model. options: the keys of the technique's section.
Techniques that change the loss, the gradients or the average of the weights are called where these are computed
(`yiju.training.objective`, `step`, `loop`). torch, and modules that import it, are imported inside functions: a
configuration is validated without it.
"""
