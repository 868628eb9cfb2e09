"""The README's pictures, taken from the running demo: ``python -m tests.system.pictures docs/pictures``."""

import sys
import tempfile
import time
from pathlib import Path

from tests.browser import browsing
from tests.system.demo import Demo

DESKTOP = {"width": 1180, "height": 860}
PHONE = {"width": 390, "height": 844}


def take(demo, folder):
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
        page = browser.new_page(viewport=DESKTOP, bypass_csp=True)
        page.goto(demo.address + "/demo/kiosks/lobby?lang=en")
        page.wait_for_function("document.querySelector('.key').style.getPropertyValue('--light') !== ''")
        key = page.locator(".key-4")
        key.hover()
        page.mouse.down()
        page.wait_for_selector("#step-stored.done")
        page.mouse.up()
        time.sleep(0.5)
        page.screenshot(path=folder / "kiosk.png")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, Demo(Path(place)) as running:
        take(running, target)
    print("\n".join(str(path) for path in sorted(target.glob("*.png"))))
