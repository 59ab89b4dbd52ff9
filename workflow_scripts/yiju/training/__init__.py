"""One training loop, and the small rooms that it is made of."""
