"""`yiju search`: which values of a few keys give the best model, by trainings of the workflow's own."""
