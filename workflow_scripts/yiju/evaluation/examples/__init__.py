"""Single judgements from all sides: which ones a person should look at, and everything that can be told of each."""
