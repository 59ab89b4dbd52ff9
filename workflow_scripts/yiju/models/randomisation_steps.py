"""The steps in which the weights of a model are drawn anew, for what reads results without loading a model."""

# By name, what is drawn anew at a step beside everything of the steps before it.
STEPS = {
    "classifier": "classifier and pooler",
    "upper_half": "upper half of the layers",
    "layers": "all layers",
    "all": "embeddings too",
}
ALL = "all"
