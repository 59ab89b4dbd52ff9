"""`yiju finetune`: a checkpoint and a user's table of any labels become a model folder, without the workflow."""
