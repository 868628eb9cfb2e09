"""A real chromium for tests and pictures, and what axe-core finds on a page."""

import shutil
from contextlib import contextmanager
from functools import partial

from tests.interpreters import missing_part

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 300_000  # for a page, or for what is to be seen on it: this computer may have much else to do
# Without these it asks the Internet for updates and the like at every start
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browsing():
    """A browser of its own; a missing one is a skip that says so, and a failure where CI=true."""
    if CHROMIUM is None:
        missing_part("chromium is not installed: the pages were not opened in a browser")
    try:
        from axe_playwright_python.sync_playwright import Axe  # noqa: F401
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        missing_part(f"{error.name} is not installed: the pages were not opened in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE_MS)
        browser.new_context = partial(_patient, browser.new_context)
        yield browser
        browser.close()


def _patient(new_context, **options):
    context = new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def violations(page):
    """What axe-core objects to, a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]


def overflows(page):
    """Whether the page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
