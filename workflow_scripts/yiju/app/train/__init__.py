"""`yiju train`: from a user's table to a configuration, and from that through the workflow to a model and a report."""
