"""Chromium of the system, driven by playwright; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from at_hand import CHROMIUM
from playwright.sync_api import Browser, Page, sync_playwright

# What a reader's screen may ask for: light, dark, and colours of the system's own.
MEDIA: tuple[dict[str, Any], ...] = (
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
    {"color_scheme": "dark", "forced_colors": "active"},
)

# Rules of axe whose outcome these can change.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()


def answered(page: Page) -> None:
    """Wait until judgement, evidence and counterfactual of what was asked last are on the page."""
    # Until the new judgement comes, the page shows the last one and says that it is busy.
    page.wait_for_selector("body:not([aria-busy]) #answer:not([hidden])")
    page.wait_for_selector("#turn p:not(.note)")


def ask(page, q, t):
    page.fill("#q", q)
    page.fill("#t", t)
    page.click("#go")
    answered(page)


class opened:
    def __init__(self, chrome, server, address="/", **options):
        self.context = chrome.new_context(locale=options.pop("locale", "en-US"), **options)
        self.page, self.wrong, self.server = self.context.new_page(), [], server
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda said: said.type == "error" and self.note(said.text))
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.page.on("request", lambda asked: self.foreign(asked.url))
        self.page.goto(server.url + address)
        self.page.wait_for_selector("#method option", state="attached")

    def note(self, text):
        # Refusals are answers too; Chromium puts them into the console.
        if "Failed to load resource" not in text:
            self.wrong.append(text)

    def foreign(self, url):
        if not url.startswith((self.server.url, "data:", "blob:")):
            self.wrong.append(url)

    def __enter__(self):
        return self.page

    def __exit__(self, *_):
        self.context.close()
        assert self.wrong == []


def edited(page, t):
    """Judge the pair with another second sentence, and wait until what it was before stands beside."""
    page.fill("#t", t)
    page.click("#go")
    page.wait_for_function("t => document.querySelector('#t-side').textContent.includes(t.slice(-1))", arg=t)
    page.wait_for_selector("#before:not([hidden])")
    answered(page)


def chosen(page, path):
    """Choose a file and wait until its columns are shown."""
    page.set_input_files("#file", path)
    page.wait_for_selector("#columns:not([hidden]) table")
