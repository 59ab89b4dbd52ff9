"""`python -m yiju`: the command line."""

from yiju.app.cli import main

main()
