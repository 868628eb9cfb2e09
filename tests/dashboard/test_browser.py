"""The pages in a real browser, against a real server: nothing on the console, axe-core finds nothing, all languages."""

from itertools import product

import pytest
from sqlalchemy import insert, update

from collector.database.tables import journal_mark, kiosk_state, quarantine
from collector.intake.ingest import Ingest
from collector.registration import registry
from collector.registration.registry import set_administrator
from dashboard.app import create_app
from dashboard.rendering import Link
from tests.browser import browsing, overflows, violations
from tests.collector.site import birth, taps
from tests.dashboard.places import NOW_MS, Clock, utc_ms
from tests.dashboard.serving import serving
from tests.waiting import wait_until

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
# the longest words are Finnish; every language is seen in both schemes and at both widths
VISITS = [
    *product(("fi",), ("light", "dark"), (PHONE, DESKTOP)),
    *(("sv", "light", PHONE), ("sv", "dark", DESKTOP), ("en", "dark", PHONE), ("en", "light", DESKTOP)),
]


@pytest.fixture(scope="module")
def chromium():
    with browsing() as browser:
        yield browser


@pytest.fixture
def visit(chromium):
    """Opens an address as ``visit(address, viewport, scheme)``; the console must stay silent to the end."""
    contexts, said = [], []

    def open_page(address: str, viewport=DESKTOP, scheme="light", **options):
        context = chromium.new_context(viewport=viewport, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def region(busy):
    """Every state a page can show: gaps, no taps, undated, set aside, an offline kiosk, a place without one."""
    busy.undated("lobby", (1, 0, 1, 1))
    busy.unit("annex", "health", fi="Mielenterveys- ja päihdekuntoutuspalvelut", sv="Mentalvårdsrehabilitering")
    busy.point("door", "annex", fi="Kuntoutuspalveluiden pääsisäänkäynti", sv="Rehabiliteringens huvudingång")
    busy.point("gate", "health")
    busy.kiosk("door-1", "door", utc_ms(2026, 3, 12), online=False)
    busy.hours("lobby", "mon-fri 8:15-11,12-16; sat 10-14")
    busy.hours("door", "mon-fri 8-16")
    busy.was_off("door-1", utc_ms(2026, 3, 13), utc_ms(2026, 3, 14))
    for day in (10, 17, 18):
        busy.was_off("lobby-1", utc_ms(2026, 3, day, 7, 45), utc_ms(2026, 3, day, 9, 30))
    why = "config.json has no update_key, so no update can be checked"
    kept = {"update": "rolled_back", "version": "0.1.0+0123456789abcdef", "why": why, "test": True}
    cloned(busy)
    busy.health("lab-1", **kept, stuck=[1, 2, 3, 4], thinned=12_345, heap=1000, flash=1000)
    error = "no_connection_to_the_broker_" + "x" * 68  # the longest there is, and nowhere to break it
    with busy.engine.begin() as connection:
        trouble = update(kiosk_state).where(kiosk_state.c.kiosk == "lab-1")
        connection.execute(trouble.values(error=error, error_utc_ms=utc_ms(2026, 3, 18)))
        connection.execute(update(journal_mark).values(unplaced=1_234).where(journal_mark.c.kiosk == "lab-1"))
        row = {
            "received_utc_ms": 0,
            "topic": "x",
            "reason": "out_of_range",
            "field": "t[0][2]",
            "detail": "",
            "size": 1,
        }
        connection.execute(insert(quarantine), [row | {"payload": b"x", "kiosk": name} for name in ("lab-1", None)])
    return busy


def cloned(places):
    """hall-1: days with everything that can become of a tap, holes, conflicts, two journals, messages refused."""
    registry.add_kiosk(places.engine, "hall-1", "lobby", utc_ms(2026, 3, 1))
    ingest = Ingest(places.engine, lambda: NOW_MS)
    here = {"kiosk": "hall-1", "utc_ms": utc_ms(2026, 3, 16, 8)}
    ingest.take([taps(1, [4, (3, 13_000, 0), (1, 15_000, 0), 0, (2, 30_000, 1), 4], **here)])
    ingest.take([taps(1, [(1, 6001, 0)], **here), taps(2, [4], boot=3, **here)])
    ingest.take([taps(1011, [4] * 40, kiosk="hall-1", utc_ms=utc_ms(2026, 3, 17, 8), held=1011)])
    ingest.take([birth(kiosk="hall-1", last_seq=1099), birth(kiosk="hall-1", journal="0000000b", last_seq=5)])
    ingest.take([("hymio/1/hall-1/taps", b"{}")])


@pytest.fixture
def address(region):
    """A demo's address, with another link in the head and a page for each kiosk."""
    links = [Link({"fi": "Laitteet", "sv": "Apparater", "en": "Kiosks"}, "/units/health")]
    app = create_app(
        region.engine, demo=True, now_ms=Clock(), navigation=links, kiosk_link=lambda kiosk: f"/demo/kiosks/{kiosk}"
    )
    with serving(app) as address:
        yield address


@pytest.mark.parametrize(
    "path", ["/", "/units/health?days=30", "/units/annex?days=7", "/units/county?days=90", "/kiosks", "/kiosks/hall-1"]
)
def test_pages_are_whole_in_every_language_scheme_and_width(address, visit, path):
    for language, scheme, viewport in VISITS:
        mark = "&" if "?" in path else "?"
        page = visit(f"{address}{path}{mark}lang={language}", viewport, scheme)
        assert page.locator("html").get_attribute("lang") == language
        assert page.title().endswith("– hymiö")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == [], (path, language, scheme, viewport)
        assert not overflows(page), (path, language, scheme, viewport)
        page.context.close()


def test_a_technician_marks_what_is_new_as_seen(address, visit):
    page = visit(address + "/kiosks/hall-1?lang=en", PHONE)
    assert page.locator(".new").count() == 5
    page.get_by_role("button", name="Mark all as seen").click()
    page.wait_for_url(address + "/kiosks/hall-1")
    assert page.locator(".new").count() == 0
    assert page.locator(".copies").count() == 2
    assert violations(page) == []


def test_a_tap_appears_without_a_reload(address, region, visit):
    from playwright.sync_api import expect

    page = visit(address + "/units/health?lang=en", PHONE)
    big = page.locator("#today .big strong")
    page.locator("#live-state[data-state=on]").wait_for()
    assert big.inner_text() == "40"
    page.evaluate("window.sameAsBefore = true")
    region.tap("lobby", 4, Clock().ms)
    expect(big).to_have_text("41", timeout=1500)
    assert page.locator("#today .faces li").nth(3).locator("strong").inner_text() == "24"
    assert page.locator(".day.is-today .taps").first.inner_text().startswith("41")
    assert page.evaluate("window.sameAsBefore") is True
    assert page.locator("#live-news").inner_text() == ""  # a screen reader is not told of each tap
    assert violations(page) == []


def place(locator):
    """Where it stands on the page. What is live may just be drawn anew, and stands nowhere for a moment."""
    return wait_until(locator.bounding_box, what="its place on the page")


def test_a_gap_is_drawn_as_a_gap(address, visit):
    page = visit(address + "/units/annex?days=7&lang=en", PHONE)
    friday = page.locator("#days > .gap.off")
    assert friday.inner_text().split("\n")[-1] == "kiosk off"
    assert place(friday.locator("svg"))["width"] > 50
    strips = page.locator("#points .strips li")
    labels = strips.locator("svg").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert "kiosk off 8:00–16:00" in labels and "kiosk on" in labels
    off, bar = place(strips.locator("rect.out").first), place(strips.locator("svg").first)
    assert off["width"] > 0.99 * bar["width"] and bar["x"] + bar["width"] < 360


def test_without_javascript_the_page_is_whole(address, visit):
    page = visit(address + "/units/health?lang=fi", PHONE, java_script_enabled=False)
    assert page.locator("#today .big strong").inner_text() == "40"
    assert page.locator("#days > li").count() == 19  # eighteen days and a gap
    assert page.locator("#live-state").is_hidden()


def test_every_link_and_control_is_reached_by_keyboard_and_the_first_skips_to_the_content(address, visit):
    page = visit(address + "/units/health?lang=en", PHONE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    wanted = page.locator("a:visible, summary:visible, button:visible, input:visible").count()
    reached = set()
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        if not page.evaluate("document.activeElement === document.body"):
            reached.add(page.evaluate("document.activeElement.outerHTML"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid" or page.evaluate("document.activeElement === document.body")
    assert len(reached) >= page.evaluate(
        "new Set([...document.querySelectorAll('a, summary, button, input')].map(one => one.outerHTML)).size"
    )


def test_the_language_is_remembered_and_the_period_kept(address, visit):
    page = visit(address + "/units/health?days=90&lang=fi", DESKTOP)
    page.get_by_role("link", name="Svenska").click()
    assert page.locator("html").get_attribute("lang") == "sv"
    assert page.locator(".periods [aria-current]").inner_text() == "90 dagar"
    page.goto(address + "/")
    assert page.locator("html").get_attribute("lang") == "sv"


def test_a_page_that_is_not_there_is_said_in_the_readers_language(address, chromium):
    context = chromium.new_context(locale="sv-FI")
    page = context.new_page()
    assert page.goto(address + "/units/nowhere").status == 404
    assert page.get_by_role("heading", level=1).inner_text() == "Sidan hittades inte"
    assert violations(page) == []
    context.close()


def test_the_administrator_logs_in_by_the_form_and_out_by_the_button(region, chromium):
    set_administrator(region.engine, "admin", "correct horse battery")
    with serving(create_app(region.engine, demo=False, now_ms=Clock())) as address:
        context = chromium.new_context(viewport=PHONE, locale="fi-FI")
        page = context.new_page()
        page.goto(address + "/units/health")
        assert page.title() == "Kirjaudu sisään – hymiö"
        assert violations(page) == []
        page.get_by_label("Nimi").fill("admin")
        page.get_by_label("Salasana").fill("wrong")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        assert violations(page) == []
        page.get_by_label("Salasana").fill("correct horse battery")
        page.keyboard.press("Enter")
        page.locator("#live-state[data-state=on]").wait_for()
        assert page.url == address + "/units/health"
        assert violations(page) == []
        page.get_by_role("button", name="Kirjaudu ulos").click()
        page.wait_for_url("**/login")
        assert page.title() == "Kirjaudu sisään – hymiö"
        page.goto(address + "/")
        assert "/login" in page.url
        context.close()


def test_nothing_is_loaded_from_elsewhere(address, chromium):
    context = chromium.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + "/units/health")
    page.locator("#live-state[data-state=on]").wait_for()
    assert all(url.startswith(address) for url in asked), asked
    context.close()
