"""The gate by itself, on a real socket: what it lets out to a client, whatever is handed to it."""

import asyncio
import socket

from collector.broker import packets
from collector.broker.gate import Gate
from collector.broker.rights import KioskRights
from wire.topic import of


async def heard_by_a_kiosk(*handed):
    """The bytes that lobby-1, which subscribed to its acks, gets of the packets handed to its gate."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    gate = Gate(reader, writer, {}, lambda *_: None)
    gate.admit(packets.Connect("lobby-1", "lobby-1", b"", 0, None), "lobby-1", KioskRights("lobby-1"), None)
    with theirs:
        theirs.sendall(packets.subscribe(packets.Subscribe(1, ((of("lobby-1", "ack"), 1),))))
        for _ in range(2):  # the CONNECT of the gate's own, then the SUBSCRIBE
            await gate.read(65536)
        for packet in handed:
            gate.write(packet)
        gate.hang_up()
        await writer.wait_closed()
        return theirs.makefile("rb").read()


def message(kiosk, leaf, payload, retain=False):
    return packets.publish(packets.Publish(of(kiosk, leaf), payload, None, retain, False))


def test_a_birth_of_another_kiosk_that_the_broker_hands_out_goes_no_further():
    births = [message("lobby-2", "state", b"birth", True), message("lobby-1", "state", b"birth", True)]
    assert asyncio.run(heard_by_a_kiosk(*births, message("lobby-2", "ack", b"ack"))) == b""


def test_what_a_kiosk_asked_for_reaches_it():
    ack = message("lobby-1", "ack", b"ack")
    assert asyncio.run(heard_by_a_kiosk(message("lobby-2", "state", b"birth", True), ack)) == ack
