"""Chromium of the system, driven by playwright; nothing is downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Path of the system's Chromium, if it has one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium())
        yield opened
        opened.close()


def answered(page: Page) -> None:
    """Wait until judgement, evidence and counterfactual are on the page."""
    page.wait_for_selector("#answer:not([hidden])")
    page.wait_for_selector("#turn p:not(.note)")
