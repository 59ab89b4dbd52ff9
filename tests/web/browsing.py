"""Chromium of the system, driven by playwright; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from at_hand import CHROMIUM
from playwright.sync_api import Browser, Page, sync_playwright


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
