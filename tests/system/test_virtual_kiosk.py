"""The virtual kiosk in a real browser: a finger, a pointer, a key; the light, the thanks, and the unit's page."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser import browsing, overflows, violations

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser():
    with browsing() as opened:
        yield opened


@pytest.fixture
def opened(demo, browser):
    """``opened(path, **options)`` is a page of the demo; whatever it said on its console is an error at the end."""
    contexts, said = [], []

    def open_page(path, viewport=DESKTOP, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(demo.address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def ready(page):
    """Waits until the page hears the kiosk and the unit."""
    page.locator("#live-state[data-state=on]").wait_for()
    expect(page.locator(".key").first).to_have_attribute("style", re.compile("--light"))


def taps_today(page):
    shown = page.locator("#today .big strong")
    return int(shown.inner_text()) if shown.count() else 0  # after midnight nobody has pressed yet


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_kiosks_pages_are_accessible_in_every_language(opened, language):
    for path in ("/demo/kiosks", "/demo/kiosks/loans"):
        for viewport, scheme in ((PHONE, "light"), (DESKTOP, "dark")):
            page = opened(f"{path}?lang={language}", viewport, color_scheme=scheme)
            assert page.locator("html").get_attribute("lang") == language
            assert violations(page) == [], (path, viewport, scheme)
            assert not overflows(page)


def test_a_press_with_the_mouse_lights_thanks_and_reaches_the_units_page_without_a_reload(opened):
    unit = opened("/units/library?lang=en")
    unit.locator("#live-state[data-state=on]").wait_for()
    before = taps_today(unit)
    unit.evaluate("window.sameAsBefore = true")
    page = opened("/demo/kiosks/loans?lang=en")
    ready(page)
    page.locator(".key-4").hover()
    page.mouse.down()
    page.locator("#kiosk.thanks").wait_for()
    page.mouse.up()
    expect(unit.locator("#today .big strong")).to_have_text(str(before + 1), timeout=5000)
    assert unit.evaluate("window.sameAsBefore") is True
    page.locator("#step-stored.done").wait_for()
    page.locator("#step-counted.done").wait_for()


def test_a_second_press_at_once_is_stored_and_said_to_be_set_aside(opened, demo):
    page = opened("/demo/kiosks/children?lang=en")
    ready(page)
    page.locator(".key-3").click(delay=60)
    page.locator("#step-counted.done").wait_for()
    before = demo.days("library")[-1]
    page.locator(".key-3").click(delay=60)
    page.locator("#step-counted.aside").wait_for()
    assert "less than five seconds" in page.locator("#step-counted .detail").inner_text()
    after = demo.days("library")[-1]
    assert (after["taps"], after["set_aside"]) == (before["taps"], before["set_aside"] + 1)


def test_a_key_a_number_and_a_finger_press_too(opened, demo):
    page = opened("/demo/kiosks/reception?lang=fi", PHONE, has_touch=True)
    ready(page)
    for press in (
        lambda: hold(page, "2"),
        lambda: (page.locator(".key-1").focus(), hold(page, "Space")),
        lambda: page.locator(".key-3").tap(),
        lambda: page.locator(".key-4").evaluate("key => key.click()"),
    ):
        before = demo.presses_today("health-centre")
        press()
        end = time.monotonic() + 10
        while demo.presses_today("health-centre") == before and time.monotonic() < end:
            time.sleep(0.02)
        assert demo.presses_today("health-centre") == before + 1


def hold(page, key):
    page.keyboard.down(key)
    page.wait_for_timeout(60)
    page.keyboard.up(key)


def test_a_kiosk_that_is_not_there_is_a_friendly_page(opened, demo, browser):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    assert page.goto(demo.address + "/demo/kiosks/cellar").status == 404
    assert "Traceback" not in page.content()
    context.close()
