"""A server with deadlines short enough to be waited for, and one request a second: hasty.py MODEL."""

import sys

from yiju.console import log_to_stderr
from yiju.explainer import Explainer
from yiju.web.limits import Limits
from yiju.web.server import bind, serve

LIMITS = Limits(rate=1.0, burst=5, head_seconds=0.5, body_seconds=0.5, whole_seconds=1.5)

if __name__ == "__main__":
    log_to_stderr()
    serve(Explainer.from_pretrained(sys.argv[1]), bind("127.0.0.1", 0), LIMITS)
