"""The configuration: its keys, their validation, and what each rule reads of it."""
