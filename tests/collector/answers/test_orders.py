"""What is asked of a kiosk reaches it once it is there, is not said in vain, and has an outcome that is true."""

import pytest
from sqlalchemy import event, insert, text

from collector.answers import orders, release
from collector.answers.orders import OrderError, Outcome
from collector.database import store
from collector.database.tables import kiosk_order
from collector.registration import registry, retirement
from tests.collector.site import NOW_MS, Site, birth, furnish, gone, health, heard
from tests.collector.stores import Postgresql
from tests.collector.two_at_once import at_once
from wire import codec, topic
from wire.messages import will

VERSION, OLDER = "0.2.0+00000002", "0.2.0+00000001"
MINUTE_MS = 60_000


def commands(replies):
    return [message for leaf, message in replies if leaf == "command"]


@pytest.fixture
def born(site):
    """The kiosk's birth, in its first boot or another; answers the commands it got."""

    def be_born(boot=1, session=1, firmware="0.1.0", **fields):
        return commands(site.take(birth(boot=boot, session=session, firmware=firmware, **fields)))

    return be_born


@pytest.fixture
def says(site):
    return lambda **fields: commands(site.take(health(**fields)))


@pytest.fixture
def ask(site):
    def ask(action, kiosk="lobby-1", **details):
        return orders.queue(site.engine, kiosk, action, site.now_ms, **details)

    return ask


@pytest.fixture
def send(site):
    return lambda: [heard(reply)[1] for reply in orders.send(site.engine, site.now_ms)]


@pytest.fixture
def offered(site):
    for n, version in enumerate((OLDER, VERSION)):
        release.offer(site.engine, version, {"main.py": b"run()", "wire/a.mpy": b"M"}, NOW_MS + n)


def outcomes(site, kiosk="lobby-1"):
    with site.engine.connect() as connection:
        return [(order.outcome, order.reason) for order in orders.asked(connection, kiosk)]


def fetch(site, version=VERSION, kiosk="lobby-1"):
    with site.engine.connect() as connection:
        return orders.may_fetch(connection, kiosk, version, site.now_ms)


# to the kiosk


def test_a_kiosk_that_is_there_is_told_once_with_an_id_and_an_expiry(born, ask, send):
    born()
    ask("identify", seconds=10)
    (command,) = send()
    assert (command.action, command.seconds) == ("identify", 10)
    assert command.expires_ms == NOW_MS + 2 * MINUTE_MS
    assert send() == []


def test_a_kiosk_that_is_away_is_told_at_its_birth(site, born, ask, send):
    ask("test", on=True, seconds=600)
    assert send() == []
    born()
    site.take(gone(1))
    ask("identify", seconds=10)
    assert send() == []
    assert [command.action for command in born(session=2)] == ["test", "identify"]


def test_what_may_have_been_missed_is_said_again_at_a_birth_under_the_same_id(born, ask, send):
    born()
    ask("identify", seconds=10)
    (first,) = send()
    (again,) = born(session=2)
    assert again == first


def test_a_retained_birth_is_a_birth_too(site, born, ask):
    born()
    ask("identify", seconds=10)
    name, payload = birth()
    assert commands(site.take((name, payload, True)))


def test_nothing_is_said_after_the_expiry_and_that_is_its_outcome(site, born, ask, send):
    ask("test", on=True, seconds=600)
    site.now_ms += 10 * MINUTE_MS
    assert born() == []
    assert outcomes(site) == [(Outcome.EXPIRED, None)]
    ask("reboot", kiosk="gate")
    site.now_ms += 10 * MINUTE_MS
    assert send() == []
    assert outcomes(site, "gate") == [(Outcome.EXPIRED, None)]


def test_a_kiosk_is_told_what_is_its_own_only(site, born, ask, send):
    born()
    ask("identify", kiosk="gate", seconds=10)
    assert send() == []
    assert born(session=2) == []


def test_a_later_order_of_the_same_kind_replaces_an_open_one(site, born, ask, send):
    ask("test", on=True, seconds=600)
    ask("test", on=False, seconds=1)
    (only,) = born()
    assert only.on is False
    assert outcomes(site) == [(None, None), (Outcome.REPLACED, None)]


def test_the_kiosks_own_ask_costs_nothing_where_nothing_was_ordered(site, born, says):
    assert born() == says() == []


def test_a_kiosk_that_is_unknown_or_retired_cannot_be_asked(site, ask):
    with pytest.raises(registry.RegistryError, match="nobody"):
        ask("reboot", kiosk="nobody")
    retirement.retire(site.engine, "gate", NOW_MS)
    with pytest.raises(registry.RegistryError, match="retired"):
        ask("reboot", kiosk="gate")


def test_only_the_newest_orders_of_a_kiosk_are_kept(site, ask):
    ask("reboot", kiosk="gate")
    for _ in range(orders.KEPT + 5):
        ask("identify", seconds=1)
    assert len(outcomes(site)) == orders.KEPT
    assert len(outcomes(site, "gate")) == 1


# what became of it


def test_test_mode_is_done_when_the_kiosk_says_so(site, born, says, ask, send):
    born()
    ask("test", on=True, seconds=600)
    says(test=True)
    assert outcomes(site) == [(None, None)]  # an earlier one: this was not sent yet
    send()
    says(test=False)
    assert outcomes(site) == [(None, None)]
    says(test=True)
    assert outcomes(site) == [(Outcome.DONE, None)]
    assert born(session=2) == []


def test_a_restart_is_done_at_the_birth_of_another_boot_and_not_said_again(site, born, ask, send):
    born()
    ask("reboot")
    assert len(send()) == 1
    assert len(born(session=2)) == 1  # the same boot: the network went, the command may have too
    assert born(boot=2, session=3) == []
    assert outcomes(site) == [(Outcome.DONE, None)]


def test_a_restart_that_waited_for_the_kiosk_is_sent_to_the_boot_that_comes(site, born, ask):
    born()
    site.take(gone(1))
    ask("reboot")
    assert len(born(boot=2, session=2)) == 1
    assert outcomes(site) == [(None, None)]


# updates


def test_an_update_is_to_the_newest_on_offer_with_its_manifests_size(site, born, ask, send, offered):
    born()
    ask("update")
    (command,) = send()
    with site.engine.connect() as connection:
        size = len(release.manifest_of(connection, VERSION, bytes(32)))
    assert (command.version, command.size) == (VERSION, size)
    assert ask("update", version=OLDER).version == OLDER


def test_what_is_not_on_offer_or_runs_already_cannot_be_ordered(born, ask, site):
    with pytest.raises(OrderError, match="no firmware is on offer"):
        ask("update")
    release.offer(site.engine, VERSION, {"main.py": b"run()"}, NOW_MS)
    with pytest.raises(OrderError, match=r"9\.9 is not on offer"):
        ask("update", version="9.9")
    born(firmware=VERSION)
    with pytest.raises(OrderError, match="already"):
        ask("update")


def test_an_update_is_done_when_a_birth_says_that_version(site, born, says, ask, send, offered):
    born()
    ask("update")
    send()
    assert fetch(site)
    says(update="fetching", version=VERSION)
    assert born(boot=2, session=2, firmware=VERSION) == []
    says(update="trial", version=VERSION)
    assert outcomes(site) == [(Outcome.DONE, None)]
    assert not fetch(site)


def test_a_version_that_came_and_was_rolled_back_after_all_has_failed(site, born, says, ask, send, offered):
    born()
    ask("update")
    send()
    born(boot=2, session=2, firmware=VERSION)
    says(update="trial", version=VERSION)
    born(boot=3, session=3)
    assert says(update="rolled_back", version=VERSION, why="no stored ack in 600 s") == []
    assert outcomes(site) == [(Outcome.FAILED, "no stored ack in 600 s")]


def test_a_kiosk_that_went_back_by_itself_is_not_told_to_try_again(site, born, says, ask, send, offered):
    born()
    ask("update")
    send()
    assert born(boot=4, session=2) == []  # its trial boots never got as far as a birth
    assert says(update="rolled_back", version=VERSION, why="it did not start") == []
    assert outcomes(site) == [(Outcome.FAILED, "it did not start")]
    assert born(boot=5, session=3) == []


def test_a_kiosk_whose_power_was_cut_while_it_fetched_is_told_again_once_its_health_says_so(
    site, born, says, ask, send, offered
):
    born()
    ask("update")
    (first,) = send()
    says(update="fetching", version=VERSION)
    assert born(boot=2, session=2) == []
    assert says() == [first]
    assert says() == []
    assert says(update="fetching", version=VERSION) == []
    assert fetch(site)


def test_an_update_that_is_given_up_while_fetching_has_failed(site, born, says, ask, send, offered):
    born()
    ask("update")
    send()
    says(update="fetching", version=VERSION)
    says(update="rolled_back", version=VERSION, why="the manifest is not signed with this kiosk's key")
    assert outcomes(site) == [(Outcome.FAILED, "the manifest is not signed with this kiosk's key")]
    assert not fetch(site)


def test_what_the_kiosk_says_of_an_earlier_try_does_not_end_another_one(site, born, says, ask, send, offered):
    born()
    says(update="rolled_back", version=VERSION, why="power")
    ask("update")
    send()
    says(update="rolled_back", version=VERSION, why="power")
    assert outcomes(site) == [(None, None)]
    says(update="fetching", version=VERSION)
    says(update="rolled_back", version=VERSION, why="again")
    assert outcomes(site) == [(Outcome.FAILED, "again")]


def test_withdrawing_ends_the_orders_that_are_open(site, born, ask, send, offered):
    born()
    ask("update")
    ask("update", kiosk="gate", version=OLDER)
    orders.withdraw(site.engine, VERSION)
    assert outcomes(site) == [(Outcome.WITHDRAWN, None)]
    assert outcomes(site, "gate") == [(None, None)]
    assert send() == []
    assert not fetch(site)


def test_only_the_version_that_was_lastly_ordered_may_be_fetched_by_that_kiosk_in_time(site, ask, offered):
    assert not fetch(site)
    ask("update", version=OLDER)
    ask("update")
    assert fetch(site)
    assert not fetch(site, OLDER)
    assert not fetch(site, kiosk="gate")
    site.now_ms += orders.VALID_MS["update"]
    assert not fetch(site)


def test_a_retired_kiosk_fetches_nothing(site, ask, offered):
    ask("update")
    retirement.retire(site.engine, "lobby-1", NOW_MS)
    assert not fetch(site)


def test_a_goodbye_is_no_news_of_an_order(site, born, ask, send):
    born()
    ask("reboot")
    send()
    assert commands(site.take((topic.of("lobby-1", "state"), codec.encode("state", will(1))))) == []
    assert outcomes(site) == [(None, None)]


def test_orders_that_are_done_are_not_looked_at_to_find_the_open_ones(site, born, ask, send):
    """Twice a second, in a store with fifty orders of each of many kiosks."""
    born()
    ask("identify", seconds=10)
    done = {"kiosk": "gate", "action": "identify", "seconds": 10, "queued_utc_ms": NOW_MS, "outcome": Outcome.DONE}
    done |= {"expires_utc_ms": NOW_MS, "begun": False}
    with store.writing(site.engine) as connection:
        connection.execute(insert(kiosk_order), [{**done, "command": f"{n:08x}"} for n in range(3000)])
        connection.execute(text("ANALYZE"))
    asked = []
    event.listen(site.engine, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
    assert len(send()) == 1
    statement, values = next(one for one in asked if one[0].startswith("SELECT"))
    explain = "EXPLAIN QUERY PLAN " if site.engine.dialect.name == "sqlite" else "EXPLAIN "
    with site.engine.connect() as connection:
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, values))
    assert "kiosk_order_open" in plan, plan


def test_an_order_that_two_collectors_find_at_once_goes_out_once(server):
    stores = Postgresql(server)
    site = Site(stores, furnish(stores.empty()))
    site.take(birth())
    orders.queue(site.engine, "lobby-1", "identify", site.now_ms, seconds=10)
    first, second = at_once(site.url, *[lambda engine: orders.send(engine, site.now_ms)] * 2)
    assert (len(first), second) == (1, [])
    site.close()
