"""`yiju serve` with the limits that a test gives it: limited.py MODEL LIMITS, the second as JSON.

It says ASKED on standard error for every request that has a place before the model, and answers what has one however
long that takes after it is told to end.
"""

import json
import sys

import patience

from yiju.app.cli import main, serve
from yiju.app.web.limits import Limits
from yiju.app.web.worker import Worker

ASKED = "asked"


def telling(run):
    """Worker.run that says so when a job has got a place."""

    def told(self, job, address="", admitted=False):
        print(ASKED, file=sys.stderr, flush=True)
        return run(self, job, address, admitted)

    return told


if __name__ == "__main__":
    Worker.run = telling(Worker.run)
    given = {"grace_seconds": patience.SECONDS} | json.loads(sys.argv[2])
    serve.Limits = lambda **_: Limits(**given)
    main(["serve", "--model", sys.argv[1], "--port", "0"])
