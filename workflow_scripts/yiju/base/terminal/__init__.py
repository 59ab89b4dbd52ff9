"""Catalogues of what the command line says: each file gives English sentences in Chinese."""
