"""`yiju serve`: the page in the browser and the JSON API."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from yiju.app.cli import model_options
from yiju.app.cli.models import load
from yiju.app.cli.numbers import a_number
from yiju.app.web.limits import Limits
from yiju.explain.notes import introduction

log = logging.getLogger(__name__)


@click.command()
@model_options
@click.option("--against", metavar="MODEL", help="another model, whose judgements and grounds are shown beside")
@click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    help="file to which every served judgement is appended with what it rests on",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on; 0.0.0.0 for all")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free")
@click.option("--name", "names", multiple=True, metavar="HOST", help="a host name to answer to, such as the proxy's")
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="address or network of a proxy whose header X-Forwarded-For names the client",
)
@click.option(
    "--rate",
    type=click.FloatRange(0.1),
    default=Limits.rate,
    show_default=True,
    callback=a_number,
    help="requests a second that one address may have computed",
)
def command(
    host: str,
    port: int,
    names: tuple[str, ...],
    proxies: tuple[str, ...],
    rate: float,
    against: str | None,
    journal: Path | None,
    **model: Any,
) -> None:
    """Open the page in which two sentences are judged and explained, and the JSON API beside it.

    \b
    yiju serve --model results/sample/folds/0/model
    curl -d '{"q": "抖音更换头像要多久", "t": "抖音怎么更换头像"}' -H 'Content-Type: application/json' \\
        http://127.0.0.1:8000/api/explain

    The API is described at /docs. Nothing is stored, unless with --journal, and nothing is fetched from a network. The
    server is open to this machine only, unless --host says otherwise: there are no accounts and no TLS, so put a proxy
    that has both before it, and give the proxy's host name as --name and its address as --proxy. Ctrl-C and SIGTERM
    end it after the requests that have come in are answered.
    """
    # Whether it is there is said before a model is looked for.
    import fastapi  # noqa: F401

    from yiju.app.web.listening import bind, is_loopback, networks

    networks(proxies)
    bound = bind(host, port)
    if not is_loopback(bound):
        log.warning("warning: %s is open to everybody who reaches this machine, without accounts or TLS", host)
    explainer = load(**model)
    # Not before it is known that there is a model: torch takes seconds.
    from yiju.app.web.journal import Journal, identity_of, unrecorded
    from yiju.app.web.server import serve

    other = None if against is None else load(against, None, None, model["device"])
    for one in filter(None, (explainer, other)):
        for line in introduction(one.about, one.decision):
            log.info("%s", line)
    opened = {"own": (model["model"], explainer)} | ({} if other is None else {"against": (against, other)})
    # The option is of the first model; the second one has what lies beside it.
    calibrations = {"own": model["calibration"] or True}
    known = {
        which: identity_of(name, one.folder, calibrations.get(which, True))
        for which, (name, one) in (opened.items() if journal else ())
    }
    written = None if journal is None else Journal(journal, known)
    limits = Limits(rate=rate, burst=max(1, round(2 * rate)))
    with suppress(KeyboardInterrupt):
        serve(explainer, bound, limits, names, proxies, other, unrecorded if written is None else written.append)
