"""What a person reads of a run: its record, its figures and its page."""
