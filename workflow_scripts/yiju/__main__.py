"""`python -m yiju`: the command line."""

from yiju.cli import main

main()
