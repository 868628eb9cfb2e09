"""TLS between a kiosk and a broker: the authority, the name and the date are checked, and a refusal is one sentence."""

import pytest

from tests.board.bench import INTERPRETERS, Desk, Kiosk, TlsBroker, wait_until
from tests.board.certificates import Authority

OURS = "TLS: the broker's certificate "
OF_DATE = ", or this kiosk's date is wrong"


@pytest.fixture
def town(tmp_path):
    return Authority(tmp_path, "town")


@pytest.fixture(params=INTERPRETERS)
def meeting(request, tmp_path, town):
    """``meeting(certificate, key, ca)``: a broker that shows it, a desk beside it, and a kiosk that trusts ``ca``."""
    ends = []

    def meet(certificate, key, ca=town.certificate, **config):
        broker = TlsBroker(tmp_path, certificate, key)
        ends.append(broker.kill)
        desk = Desk(broker.port)
        ends.append(desk.close)
        asked = {"host": "localhost", "port": broker.tls_port, "tls": True, "ca": ca, **config}
        kiosk = Kiosk(request.param, tmp_path, broker.port, asked)
        ends.append(kiosk.kill)
        return broker, desk, kiosk

    yield meet
    for end in reversed(ends):
        end()


def test_a_kiosk_trusts_the_authority_it_was_given_also_as_the_second_of_two(meeting, tmp_path, town):
    ca = "# the first is somebody else's\n" + Authority(tmp_path, "other").certificate + town.certificate
    _, desk, _ = meeting(*town.sign("localhost"), ca=ca)
    wait_until(desk.births, what="a birth over TLS")


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("authority", OURS + "is not by the ca of config.json"),
        ("name", OURS + "is for another name"),
        ("expired", OURS + "has expired" + OF_DATE),
        ("early", OURS + "is not valid yet" + OF_DATE),
    ],
)
def test_a_certificate_that_is_refused_is_named_on_the_console_and_then_in_health(
    meeting, tmp_path, town, what, sentence
):
    shown = {
        "authority": lambda: Authority(tmp_path, "other").sign("localhost"),
        "name": lambda: town.sign("elsewhere.example"),
        "expired": lambda: town.sign("localhost", ends="20210101000000Z"),
        "early": lambda: town.sign("localhost", begins="20980101000000Z"),
    }[what]()
    broker, desk, kiosk = meeting(*shown)
    wait_until(lambda: kiosk.said("log TLS: "), what="a refusal")
    assert kiosk.said("log TLS: ") == ["log " + sentence]
    kiosk.tell("status")
    wait_until(lambda: kiosk.said("log last trouble: "), what="the console's answer")
    assert kiosk.said("log last trouble: ") == ["log last trouble: " + sentence]
    assert not desk.births()
    broker.show(*town.sign("localhost"))
    wait_until(lambda: desk.of("health"), 30, "health, once the certificate is right")
    assert sentence in [health.error for health in desk.of("health")]


def test_a_broker_that_speaks_no_tls_is_said(meeting, town):
    broker, desk, kiosk = meeting(*town.sign("localhost"))
    wait_until(desk.births, what="a birth over TLS")
    kiosk.kill()
    kiosk.config.write_text(kiosk.config.read_text().replace(str(broker.tls_port), str(broker.port)))
    kiosk.start()
    wait_until(lambda: kiosk.said("log TLS: "), what="a refusal")
    assert kiosk.said("log TLS: ")[0].endswith("speak TLS on this port?")


def test_a_cut_later_on_is_not_taken_for_a_broker_without_tls(meeting, town):
    broker, desk, kiosk = meeting(*town.sign("localhost"))
    wait_until(lambda: desk.of("health"), what="health")
    broker.kill()
    wait_until(lambda: kiosk.said("log the broker closed") or kiosk.said("log no connection"), what="a word about it")
    assert not kiosk.said("log TLS: ")
