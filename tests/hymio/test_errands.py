"""Each order in plain words: what was asked, what became of it, and where to look."""

import pytest

from collector.answers.orders import Order, Outcome
from hymio import errands

NOW_MS = 1_790_000_000_000
ASKED = Order("lobby-1", "update", None, None, "0.2.0+00000001", NOW_MS, NOW_MS + 60_000, None, False, None, None)
SENT = ASKED._replace(sent_utc_ms=NOW_MS)


@pytest.mark.parametrize(
    "order, said",
    [
        (ASKED, "lobby-1: update to 0.2.0+00000001"),
        (ASKED._replace(action="identify", seconds=10), "lobby-1: blink"),
        (ASKED._replace(action="reboot"), "lobby-1: restart"),
        (ASKED._replace(action="test", turned_on=True, seconds=600), "lobby-1: test mode on for 10 min"),
        (ASKED._replace(action="test", turned_on=False, seconds=1), "lobby-1: test mode off"),
    ],
)
def test_what_was_asked(order, said):
    assert errands.what(order) == said
    assert said in errands.queued(order) and "hymio kiosk orders lobby-1" in errands.queued(order)


@pytest.mark.parametrize(
    "order, said",
    [
        (ASKED, "waits until the kiosk is heard of"),
        (SENT, "sent at "),
        (SENT._replace(begun=True), "under way"),
        (SENT._replace(outcome=Outcome.DONE), "done"),
        (SENT._replace(outcome=Outcome.FAILED, reason="no stored ack in 600 s"), "failed: no stored ack in 600 s"),
        (SENT._replace(outcome=Outcome.EXPIRED), "sent, and not confirmed in time"),
        (SENT._replace(outcome=Outcome.EXPIRED, action="identify"), "sent; a kiosk does not confirm it"),
        (ASKED._replace(outcome=Outcome.EXPIRED), "not sent: the kiosk was not heard of in time"),
        (ASKED._replace(outcome=Outcome.REPLACED), "replaced by a later order"),
        (ASKED._replace(outcome=Outcome.WITHDRAWN), "ended: the version was withdrawn"),
    ],
)
def test_what_became_of_it(order, said):
    assert errands.became(order).startswith(said)
    assert said in errands.listed(order)
