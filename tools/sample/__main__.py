"""`python -m tools.sample FOLDER`: write the sample corpora into FOLDER."""

import argparse
from pathlib import Path

from tools.sample.generate import write_sample


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.sample", description="Write the sample corpora.")
    parser.add_argument("folder", type=Path, help="where to write them, e.g. data/sample")
    write_sample(parser.parse_args().folder)


if __name__ == "__main__":
    main()
