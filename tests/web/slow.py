"""A server whose model takes longer than the server waits when it is told to end: slow.py MODEL."""

import sys
import threading

from yiju.console import log_to_stderr
from yiju.explainer import Explainer
from yiju.web.limits import Limits
from yiju.web.server import bind, serve


class Slow(Explainer):
    """Says when it begins to judge, and never ends."""

    def predict(self, _):
        print("judging", file=sys.stderr, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    log_to_stderr()
    serve(Slow.from_pretrained(sys.argv[1]), bind("127.0.0.1", 0), Limits(grace_seconds=0.5))
