"""A server whose model takes longer than the server waits when it is told to end: slow.py MODEL."""

import sys
import threading

from limited import telling

from yiju.app.explainer import Explainer
from yiju.app.web.limits import Limits
from yiju.app.web.listening import bind
from yiju.app.web.server import serve
from yiju.app.web.worker import Worker
from yiju.base.console import log_to_stderr


class Slow(Explainer):
    """Judges for ever."""

    def predict(self, _):
        threading.Event().wait()


if __name__ == "__main__":
    log_to_stderr()
    Worker.run = telling(Worker.run)
    serve(Slow.from_pretrained(sys.argv[1]), bind("127.0.0.1", 0), Limits(grace_seconds=0.5))
