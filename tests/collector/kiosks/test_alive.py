"""When a kiosk was alive: what proves it, and that nothing else does; the same bits in any order, by any collectors."""

import os
import threading
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from collector.database import migration
from collector.database.store import open_store, writing
from collector.intake.ingest import Ingest
from collector.kiosks import alive
from collector.kiosks.alive import HALF, SLOTS, Alive, Span, bits_of, mask, slots_of
from tests.collector.site import NOW_MS, birth, gone, health, taps
from wire.messages import MAX_UPTIME_MS, MIN_UTC_MS

QUARTER_MS, HOUR_MS, DAY_MS = 900_000, 3_600_000, 86_400_000
SLOT_NOW = NOW_MS // QUARTER_MS


def quarters(site, kiosk="lobby-1"):
    """The quarters in which the store has the kiosk alive, counted from that of NOW_MS."""
    rows = site.rows("SELECT utc_day, am, pm FROM alive_day WHERE kiosk = :kiosk ORDER BY 1", kiosk=kiosk)
    slots = [at for day, am, pm in rows for at in slots_of(date.fromisoformat(day), bits_of(am, pm))]
    return [at // QUARTER_MS - SLOT_NOW for at in slots]


def back(hours):
    """The quarters from ``hours`` ago until now."""
    return list(range((NOW_MS - int(hours * HOUR_MS)) // QUARTER_MS - SLOT_NOW, 1))


# what proves it


def test_a_birth_proves_its_boot_until_now(site):
    site.take(birth(uptime_ms=5 * HOUR_MS))
    assert quarters(site) == back(5)


def test_a_night_without_a_network_is_no_gap_and_a_night_without_power_is_one(site):
    """Boot 1 ran for ten hours, was cut for four, and boot 2 has been up for one; none of it was heard before."""
    ran = (1, 2 * HOUR_MS, 10 * HOUR_MS, NOW_MS - 13 * HOUR_MS)  # so it began 15 hours ago
    site.take(birth(boot=2, uptime_ms=HOUR_MS, spans=(ran, (2, 0, HOUR_MS, None))))
    assert quarters(site) == [slot for slot in back(15) if slot <= back(5)[0] or slot >= back(1)[0]]


def test_a_boot_that_never_knew_the_time_proves_nothing(site):
    site.take(birth(boot=3, uptime_ms=0, spans=((1, 0, 10 * HOUR_MS, None), (3, 0, 0, None))))
    assert quarters(site) == [0]


def test_a_birth_that_the_broker_kept_proves_what_its_kiosk_could_date(site):
    site.take((*birth(uptime_ms=HOUR_MS, spans=((1, 0, HOUR_MS, None),)), True))
    assert quarters(site) == []
    site.take((*birth(uptime_ms=HOUR_MS, spans=((1, 0, HOUR_MS, NOW_MS - 3 * HOUR_MS),)), True))
    assert quarters(site) == back(3)[:5]


def test_health_proves_its_boot_by_the_kiosks_own_time_or_by_when_it_came(site):
    site.take(health(uptime_ms=HOUR_MS, utc_ms=NOW_MS - HOUR_MS))  # it had waited for the store
    assert quarters(site) == back(2)[:5]
    site.take(health(kiosk="gate", uptime_ms=HOUR_MS, utc_ms=None))
    assert quarters(site, "gate") == back(1)


def test_taps_prove_their_boot_until_the_last_of_them(site):
    began = NOW_MS - 6 * HOUR_MS
    site.take(taps(1, [(4, HOUR_MS, 0), (3, 2 * HOUR_MS, 0)], utc_ms=began))
    assert quarters(site) == back(6)[:9]
    site.take(taps(3, [(4, 3 * HOUR_MS, 1)], utc_ms=began))  # a test tap too
    assert quarters(site) == back(6)[:13]
    site.take(taps(4, [(0, 5 * HOUR_MS, 0)], utc_ms=began))  # its uptime is a guess
    assert quarters(site) == back(6)[:13]


def test_a_will_proves_nothing(site):
    site.take(gone(1))
    assert quarters(site) == []
    assert site.value("SELECT last_seen_utc_ms FROM kiosk_state") is None


@pytest.mark.parametrize("ahead_ms", [660_000, 400 * DAY_MS])
def test_a_time_to_come_is_not_believed(site, ahead_ms):
    site.take(taps(1, [4], utc_ms=NOW_MS + ahead_ms), taps(2, [(4, ahead_ms, 0)]), health(utc_ms=NOW_MS + ahead_ms))
    site.take(birth(boot=2, uptime_ms=0, spans=((1, 0, 0, NOW_MS + ahead_ms), (2, 0, 0, NOW_MS))))
    assert quarters(site) == [0]


def test_an_uptime_beyond_all_reason_reaches_no_further_back_than_times_do(site):
    site.take(birth(uptime_ms=MAX_UPTIME_MS), health(uptime_ms=MAX_UPTIME_MS, utc_ms=MIN_UTC_MS))
    assert quarters(site)[0] == MIN_UTC_MS // QUARTER_MS - SLOT_NOW
    assert quarters(site)[-1] == 0


def test_what_is_known_is_not_written_again(site):
    site.take(birth(uptime_ms=40 * DAY_MS))
    with writing(site.engine) as connection:
        connection.execute(text("DELETE FROM alive_day"))
    site.now_ms += HOUR_MS
    site.take(health(uptime_ms=40 * DAY_MS + HOUR_MS, utc_ms=site.now_ms))
    assert quarters(site) == [1, 2, 3, 4]


def test_the_migration_takes_what_the_taps_that_are_there_prove(stores):
    engine = open_store(stores.empty())
    migration.upgrade(engine, "0004")
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO journal_mark (id, kiosk, journal, mark, highest, missing, unplaced) "
                                "VALUES (1, 'gate', '0000000a', 9, 9, 0, 0)"))  # fmt: skip
        for seq, boot, uptime_ms, utc_ms in ((1, 1, 0, NOW_MS), (2, 1, HOUR_MS, NOW_MS + HOUR_MS), (3, 2, 0, None)):
            row = {"seq": seq, "boot": boot, "uptime": uptime_ms, "utc": utc_ms}
            names = "journal_id, seq, boot, uptime_ms, face, flags, width_ms, utc_ms, estimated"
            values = "VALUES (1, :seq, :boot, :uptime, 4, 0, 0, :utc, false)"
            connection.execute(text(f"INSERT INTO tap ({names}) {values}"), row)
    migration.upgrade(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT kiosk, am, pm FROM alive_day")).all()
    engine.dispose()
    assert [(kiosk, bits_of(am, pm).bit_count()) for kiosk, am, pm in rows] == [("gate", 5)]


# the same bits in any order


@given(st.integers(-5, SLOTS + 5), st.integers(-5, SLOTS + 5))
def test_a_mask_has_the_bits_from_the_first_to_the_last(first, last):
    assert mask(first, last) == sum(1 << slot for slot in range(SLOTS) if first <= slot <= last)


@given(st.sets(st.integers(0, SLOTS - 1)))
def test_a_days_slots_are_those_of_its_bits(slots):
    bits = sum(1 << slot for slot in slots)
    day = date(2026, 3, 29)
    told = list(slots_of(day, bits_of(bits & mask(0, HALF - 1), bits >> HALF)))
    assert told == sorted(alive.slots_of(day, 1).__next__() + slot * QUARTER_MS for slot in slots)


spans = st.builds(
    lambda from_ms, length_ms: Span(NOW_MS + from_ms, NOW_MS + from_ms + length_ms),
    st.integers(0, 3 * DAY_MS),
    st.one_of(st.just(0), st.integers(0, 2 * HOUR_MS), st.integers(0, 2 * DAY_MS)),
)


@given(st.lists(st.lists(spans, max_size=4), max_size=8), st.randoms(use_true_random=False))
def test_any_order_copies_and_transactions_set_the_bits_of_every_span_and_no_other(parts, chance):
    wanted = {
        slot
        for part in parts
        for span in part
        for slot in range(span.from_utc_ms // QUARTER_MS, span.until_utc_ms // QUARTER_MS + 1)
    }
    told = [*parts, *chance.sample(parts, len(parts) // 2)]
    chance.shuffle(told)
    table, known = {}, None
    for part in told:
        learnt = Alive("gate", known)
        learnt.learn(part)
        for row in learnt.rows():
            table[row["utc_day"]] = table.get(row["utc_day"], 0) | bits_of(row["am"], row["pm"])
        known = learnt.known
        there = {at // QUARTER_MS for day, bits in table.items() for at in slots_of(day, bits)}
        assert known is None or set(range(known[0] // QUARTER_MS, known[1] // QUARTER_MS + 1)) <= there
    assert {at // QUARTER_MS for day, bits in table.items() for at in slots_of(day, bits)} == wanted


@st.composite
def messages(draw):
    """What a kiosk says over three days, some of it late."""
    boot, uptime_ms = draw(st.integers(1, 3)), draw(st.integers(0, DAY_MS))
    utc_ms = NOW_MS - draw(st.integers(0, 3 * DAY_MS))
    kind = draw(st.sampled_from(("birth", "taps", "health")))
    if kind == "birth":
        return birth(boot=boot, uptime_ms=uptime_ms, spans=((boot, uptime_ms // 2, uptime_ms, utc_ms - uptime_ms),))
    if kind == "health":
        return health(uptime_ms=uptime_ms, utc_ms=utc_ms)
    return taps(draw(st.integers(1, 9)), [(4, uptime_ms, 0)], boot=boot, utc_ms=utc_ms - uptime_ms)


@settings(max_examples=100 if os.environ.get("SOAK") else 10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(messages(), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_any_order_of_messages_leaves_the_same_quarters(site, said, chance):
    again = [*said, *chance.sample(said, len(said) // 2)]
    chance.shuffle(again)
    told = []
    for order, size in ((said, 1), (again, 3)):
        for start in range(0, len(order), size):
            site.take(*order[start : start + size])
        told.append(quarters(site))
        with writing(site.engine) as connection:
            connection.execute(text("DELETE FROM alive_day"))
            connection.execute(text("UPDATE kiosk_state SET alive_from_utc_ms = NULL, alive_to_utc_ms = NULL"))
    assert told[0] == told[1] != []


def test_two_collectors_at_once_lose_no_quarter(site):
    """Each tells of every second quarter of a day, for the same three kiosks, in another order."""

    def tell(first, kiosks):
        ingest = Ingest(site.engine, lambda: NOW_MS)
        for slot in range(first, SLOTS, 2):
            utc_ms = NOW_MS - slot * QUARTER_MS
            ingest.take([health(kiosk=kiosk, uptime_ms=0, utc_ms=utc_ms) for kiosk in kiosks])

    names = ("lobby-1", "lobby-2", "gate")
    both = [threading.Thread(target=tell, args=args) for args in ((0, names), (1, names[::-1]))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    for kiosk in names:
        assert quarters(site, kiosk) == list(range(1 - SLOTS, 1))
