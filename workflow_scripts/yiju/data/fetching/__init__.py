"""Downloads: whole and checked, or not at all."""
