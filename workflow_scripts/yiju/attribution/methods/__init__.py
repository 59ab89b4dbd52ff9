"""One file for each method; its name is the method's name in the configuration."""
