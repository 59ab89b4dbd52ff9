"""Single judgements from all sides: which ones a person should look at, and everything that is computed of each."""
