"""Sixty days that might have been: taps messages as kiosks would have sent them, through the collector's own ingest.

One journal and one boot a kiosk; its boot number and journal id are its own, so the live kiosk's taps stand apart.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collector.intake.ingest import Ingest
from hymio.demo.places import PLACES, Place
from wire import codec, topic
from wire.messages import MAX_TAPS, Taps

DAYS = 60
ZONE = ZoneInfo("Europe/Helsinki")
MESSAGES_A_TRANSACTION = 32
OPEN_HOUR = 8
CLOSE_HOUR = {False: 16, True: 19}  # by weekend opening: offices close early
PLAYFUL = 0.02  # a share of presses is followed by a child pressing on
_WEEKDAY = (1.15, 1.05, 1.0, 0.95, 0.85, 0.6, 0.0)


def write(ingest: Ingest, now_utc_ms: int, progress: Callable[[int, int], None], seed: int = 2026) -> int:
    """Put the history before ``now_utc_ms`` into the store. ``progress`` gets (messages done, all)."""
    pieces = [message for place in PLACES for message in messages(place, now_utc_ms, seed)]
    taps = 0
    for start in range(0, len(pieces), MESSAGES_A_TRANSACTION):
        part = pieces[start : start + MESSAGES_A_TRANSACTION]
        ingest.take([(address, payload) for address, payload, _ in part])
        taps += sum(count for _, _, count in part)
        progress(start + len(part), len(pieces))
    return taps


def messages(place: Place, now_utc_ms: int, seed: int) -> Iterator[tuple[str, bytes, int]]:
    """(topic, payload, taps in it) of one kiosk's history, in order."""
    chance = random.Random(f"{seed} {place.kiosk}")
    journal = f"{chance.getrandbits(32):08x}"
    pressed = list(presses(place, now_utc_ms, chance))
    if not pressed:
        return
    began = pressed[0][0] - 60_000
    for start in range(0, len(pressed), MAX_TAPS):
        part = pressed[start : start + MAX_TAPS]
        batch = Taps(
            journal=journal,
            boot=1,
            uptime_ms=0,
            utc_ms=began,
            bounds=None,
            held=max(1, start + 1 - 500),
            acked=start,
            first_seq=start + 1,
            width_ms=None,
            taps=tuple((face, at - began, 0) for at, face in part),
        )
        yield topic.of(place.kiosk, "taps"), codec.encode("taps", batch), len(part)


def presses(place: Place, now_utc_ms: int, chance: random.Random) -> Iterator[tuple[int, int]]:
    """(UTC ms, face) of every press of the last sixty days at one place, in order."""
    today = datetime.fromtimestamp(now_utc_ms / 1000, ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(DAYS, -1, -1):
        day = today - timedelta(days=back)
        visits = [press for at in _moments(place, day, chance) for press in _visit(place, at, 1 - back / DAYS, chance)]
        yield from sorted(press for press in visits if press[0] < now_utc_ms - 60_000)


def _moments(place: Place, day: datetime, chance: random.Random) -> list[int]:
    """When visitors press on a day: busy before noon and in the afternoon."""
    busy = _WEEKDAY[day.weekday()] if place.weekend or day.weekday() < 5 else 0.0
    close = CLOSE_HOUR[place.weekend]
    count = max(0, round(chance.gauss(1, 0.22) * place.taps_a_day * busy))
    hours = [chance.choice((chance.gauss(10.2, 1.1), chance.gauss(14.0, 1.6))) for _ in range(count)]
    inside = sorted(min(max(hour, OPEN_HOUR), close - 0.02) + chance.uniform(0, 0.02) for hour in hours)
    return [round((day.replace(hour=0) + timedelta(hours=hour)).timestamp() * 1000) for hour in inside]


def _visit(place: Place, at: int, progress: float, chance: random.Random) -> Iterator[tuple[int, int]]:
    """One visitor's press, now and then followed by a child's."""
    lift = place.drift * progress
    low, poor, good, best = place.moods
    moods = (low * (1 - lift * 3), poor * (1 - lift * 2), good + lift * low, best + lift)
    yield at, chance.choices((1, 2, 3, 4), moods)[0]
    if chance.random() < PLAYFUL:
        for again in range(chance.randint(1, 4)):
            yield at + 400 * (again + 1), chance.randint(1, 4)
