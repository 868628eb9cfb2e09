"""The README's pictures, taken from the running demo: ``python -m tests.system.pictures docs/pictures``."""

import re
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import browsing
from tests.system.demo import Demo

DESKTOP = {"width": 1180, "height": 860}
PHONE = {"width": 390, "height": 844}
VISITS = (("lobby", 4), ("loans", 4), ("reception", 2), ("blood-tests", 3), ("children", 4))
ROUNDS = 4
PACE_S = 5.5  # beyond the response interval, so that every tap counts


def visit(demo):
    """A morning's first visitors, so that today is not empty."""
    for turn in range(ROUNDS):
        for kiosk, face in VISITS:
            demo.touch(kiosk, 1 + (face + turn * turn) % 4)
        time.sleep(PACE_S)


def take(demo, folder):
    visit(demo)
    with browsing() as browser:
        for name, path, size in (
            ("overview", "/?lang=en", DESKTOP),
            ("unit", "/units/health-centre?lang=en&days=30", DESKTOP),
            ("phone", "/units/library?lang=fi&days=7", PHONE),
        ):
            page = browser.new_page(viewport=size)
            page.goto(demo.address + path)
            page.screenshot(path=folder / f"{name}.png")
            page.close()
        page = browser.new_page(viewport=DESKTOP)
        page.goto(demo.address + "/demo/kiosks/lobby?lang=en")
        expect(page.locator(".key").first).to_have_attribute("style", re.compile("--light"))
        key = page.locator(".key-4")
        key.hover()
        page.mouse.down()
        page.wait_for_selector("#step-counted.done")
        page.screenshot(path=folder / "kiosk.png")
        page.mouse.up()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, Demo(Path(place)) as running:
        take(running, target)
    print("\n".join(str(path) for path in sorted(target.glob("*.png"))))
