"""The page of a run, and what is read there."""

import re
from html.parser import HTMLParser

from unit.report.small_run import REAL, small_run

from yiju.report.page import gather, render

VOID = {"meta", "img", "input", "br", "link"}


def page(folder, run="nowhere", **shape):
    return render(gather(small_run(folder, **shape), folder / run, REAL))


def words(html):
    """The page as it is read, without tags and doubled white space."""
    shown = re.sub(r"<script.*?</script>", " ", html.split("</style>")[1], flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def first_screen(html):
    """The questions with their answers and the warnings, as they are read."""
    return words("</style>" + html.split('<header id="answers">')[1].split("</header>")[0])


class Outline(HTMLParser):
    """Tags in order, attributes, headings, and whether every tag is closed."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
