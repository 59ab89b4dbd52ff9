"""Draw the README's picture of the page: picture.py MODEL PNG (the sample's model, docs/pictures/page.png)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from browsing import answered, browser
from serving import running

PAIR = ("坐大巴去杭州最早几点", "去杭州的长途汽车第一班是几点")
METHOD = "measured"
WIDTH, MARGIN = 1280, 24


def main(model: str, out: str) -> None:
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with running(Path(model)) as server, browser() as opened:
        page = opened.new_page(viewport={"width": WIDTH, "height": 1600}, locale="en-US", color_scheme="light")
        page.goto(server.url)
        page.wait_for_selector("#method option", state="attached")
        page.select_option("#method", METHOD)
        page.fill("#q", PAIR[0])
        page.fill("#t", PAIR[1])
        page.click("#go")
        answered(page)
        page.evaluate("() => document.activeElement.blur()")
        end = page.locator(".columns").bounding_box()
        page.screenshot(path=out, clip={"x": 0, "y": 0, "width": WIDTH, "height": end["y"] + end["height"] + MARGIN})


if __name__ == "__main__":
    main(*sys.argv[1:])
