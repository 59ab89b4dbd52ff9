"""The model: a stock BERT, loaded, built and saved as a folder of four named files."""

# safetensors only: no file of a model folder can run code when it is read.
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
FOLDER_FILES = (CONFIG, WEIGHTS, *TOKENIZER_FILES)
# By label id, in the config of a classifier too.
LABELS = {0: "not similar", 1: "similar"}
