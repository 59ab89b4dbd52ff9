"""One reader a file; its name in the configuration is its file name."""
