"""One client's connection, between its socket and amqtt.

amqtt trusts whoever reaches it; the gate is why it may. It reads whole packets under a size limit, answers what amqtt
must not decide (accounts, Wills, retained messages, keep-alive), rewrites what was not permitted, and hands on the rest
through amqtt's public adapters for a listener of type ``external``.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace

from amqtt.adapters import ReaderAdapter, WriterAdapter

from collector.broker import packets
from collector.broker.pace import Pace
from collector.broker.packets import Malformed
from collector.broker.rights import Rights, is_retained

MAX_PACKET = 64 * 1024
"""Bytes of a packet's body; a taps message is at most 2 KiB."""

MAX_UNSENT = 1024 * 1024
"""Bytes waiting for a client that does not read; beyond it the client is cut."""

PATIENCE = 1.5
"""A client is gone after this many keep-alives of silence (3.1.2.10)."""

_SHOWN = 100  # characters of a topic in the log

Retained = dict[str, packets.Publish]


class Gate(ReaderAdapter, WriterAdapter):
    """Reader and writer of one connection, as amqtt wants them. Lives in the broker's event loop only."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        retained: Retained,
        report: Callable[[str, str, str], None],
    ) -> None:
        """``report(kind, client, line)`` is told what was refused or cut."""
        self.finished = asyncio.Event()
        self.will: packets.Will | None = None
        peer = writer.get_extra_info("peername") or ("?", 0)
        self.peer = f"{peer[0]}:{peer[1]}"
        self.host = str(peer[0])
        self.client = self.peer  # the account, once it is known
        self.closed = asyncio.Event()
        self._reader, self._writer = reader, writer
        self._retained, self._report = retained, report
        self._pace: Pace | None = None
        self._rights: Rights | None = None
        self._silence_s: float | None = None
        self._heard: set[str] = set()
        self._wished: dict[int, packets.Subscribe] = {}
        self._inward = b""

    # before amqtt: who is it?

    async def read_connect(self) -> packets.Connect | None:
        """The first packet, which must be a CONNECT; None when it speaks another version (already answered).

        Raises Malformed, or IncompleteReadError and OSError when the client goes away.
        """
        first = (await self._reader.readexactly(1))[0]
        if first != packets.CONNECT << 4:
            raise Malformed("the first packet is not a CONNECT")
        wish = packets.read_connect(await self._read_body())
        if wish is None:
            self.refuse(packets.BAD_VERSION)
        return wish

    def refuse(self, code: int) -> None:
        """Answers a CONNECT with a return code other than 0 and hangs up."""
        self._writer.write(packets.connack(code))
        self.hang_up()

    def admit(self, wish: packets.Connect, session: str, rights: Rights, pace: Pace | None) -> None:
        """From here on amqtt may read: it finds a CONNECT of ours, then what the client may say."""
        self._rights, self._pace = rights, pace
        self.client = wish.user
        self.will = wish.will
        self._silence_s = wish.keep_alive_s * PATIENCE or None
        self._inward = packets.connect(session)

    def hang_up(self) -> None:
        """Sends what is waiting, then closes."""
        self.closed.set()
        self._writer.close()

    def cut(self) -> None:
        """Closes at once."""
        self.closed.set()
        self._writer.transport.abort()

    # client to amqtt

    async def read(self, n: int = -1) -> bytes:
        """Bytes for amqtt, never across the border of two packets; empty at the end, whatever ended it."""
        while not self._inward:
            if self.closed.is_set():
                return b""
            await self._take_packet()
        taken, self._inward = self._inward[:n], self._inward[n:]
        return taken

    async def _take_packet(self) -> None:
        try:
            async with asyncio.timeout(self._silence_s):
                first = (await self._reader.readexactly(1))[0]
                body = await self._read_body()
            self._inward = self._pass(first, body)
            if self._pace is not None:
                await asyncio.sleep(self._pace.take(asyncio.get_running_loop().time()))
        except TimeoutError:
            self._cut_for("silence", "nothing heard for 1.5 keep-alives")
        except Malformed as fault:
            self._cut_for("malformed", str(fault))
        except (asyncio.IncompleteReadError, OSError):
            self.cut()

    async def _read_body(self) -> bytes:
        length = 0
        for shift in (0, 7, 14, 21):
            digit = (await self._reader.readexactly(1))[0]
            length |= (digit & 0x7F) << shift
            if length > MAX_PACKET:
                raise Malformed(f"a packet of more than {MAX_PACKET} bytes")
            if not digit & 0x80:
                return await self._reader.readexactly(length)
        raise Malformed("a remaining length of more than four bytes")

    def _pass(self, first: int, body: bytes) -> bytes:
        """What amqtt gets to see of the client's packet; empty when it is dealt with here."""
        kind, flags = first >> 4, first & 15
        if kind == packets.PUBLISH:
            return self._pass_publish(packets.read_publish(flags, body))
        if (kind, flags) == (packets.PUBACK, 0):
            packets.check_puback(body)
            return packets.frame(first, body)
        if (kind, flags) == (packets.SUBSCRIBE, 2):
            return self._pass_subscribe(packets.read_subscribe(body))
        if (kind, flags) == (packets.UNSUBSCRIBE, 2):
            self._heard.difference_update(packets.read_unsubscribe(body))
            return packets.frame(first, body)
        if (kind, flags, body) == (packets.PINGREQ, 0, b""):
            self._send(packets.PINGRESP)
        elif (kind, flags, body) == (packets.DISCONNECT, 0, b""):
            self.will = None
            self.hang_up()
        else:
            raise Malformed(f"a packet of type {kind} with flags {flags} has no place here")
        return b""

    def _pass_publish(self, message: packets.Publish) -> bytes:
        if self._rights is None or not self._rights.may_publish(message.topic):
            self._say("publish", f"a PUBLISH was dropped: {message.topic[:_SHOWN]!r} is not its own")
            if message.packet_id:
                self._send(packets.puback(message.packet_id))
            return b""
        if message.retain and is_retained(message.topic):
            keep(self._retained, message)
        return packets.publish(replace(message, retain=False))

    def _pass_subscribe(self, wish: packets.Subscribe) -> bytes:
        """Forbidden filters become one that amqtt refuses, so that its SUBACK says so; QoS 2 becomes 1."""
        passed = []
        for name, qos in wish.filters:
            if self._rights is not None and self._rights.may_subscribe(name):
                passed.append((name, min(qos, 1)))
                self._heard.add(name)
            else:
                passed.append((packets.NEVER, 0))
                self._say("subscribe", f"a SUBSCRIBE was refused: {name[:_SHOWN]!r} is not its own")
        granted = packets.Subscribe(wish.packet_id, tuple(passed))
        self._wished[wish.packet_id] = granted
        return packets.subscribe(granted)

    # amqtt to client

    def write(self, data: bytes) -> None:
        """One whole packet from amqtt. A PUBLISH that this client has not asked for is dropped: amqtt sends a new
        client the retained messages of everybody's subscriptions."""
        first, body = packets.split(data)
        kind = first >> 4
        if kind == packets.PUBLISH:
            topic = packets.read_publish(first & 15, body).topic
            if not any(packets.matches(topic, name) for name in self._heard):
                return
        self._send(data)
        if kind == packets.SUBACK:
            self._send_retained(int.from_bytes(body[:2], "big"))

    def _send_retained(self, packet_id: int) -> None:
        """At QoS 0: on one connection nothing is lost, and a new connection subscribes again."""
        wish = self._wished.pop(packet_id, None)
        names = [name for name, _ in wish.filters if name != packets.NEVER] if wish else []
        for message in list(self._retained.values()):
            if any(packets.matches(message.topic, name) for name in names):
                self._send(packets.publish(message))

    def _send(self, packet: bytes) -> None:
        if self.closed.is_set():
            return
        if self._writer.transport.get_write_buffer_size() + len(packet) > MAX_UNSENT:
            self._cut_for("slow", f"more than {MAX_UNSENT} bytes wait for a client that does not read")
            return
        self._writer.write(packet)

    def _cut_for(self, kind: str, reason: str) -> None:
        self._say(kind, f"cut: {reason}")
        self.cut()

    def _say(self, kind: str, what: str) -> None:
        self._report(kind, self.client, f"{self.client} at {self.peer}: {what}")

    async def drain(self) -> None:
        """Never waits: a client that does not read is cut, and must not hold up the others."""

    def feed_eof(self) -> None:
        self.hang_up()

    def get_peer_info(self) -> tuple[str, int]:
        return self.peer, 0

    def get_ssl_info(self) -> ssl.SSLObject | None:
        return None

    async def close(self) -> None:
        if not self.closed.is_set():
            self.hang_up()


def keep(retained: Retained, message: packets.Publish) -> None:
    """Takes a message into the retained ones; an empty payload takes its topic out (3.3.1.3)."""
    if message.payload:
        retained[message.topic] = replace(message, packet_id=None, retain=True, duplicate=False)
    else:
        retained.pop(message.topic, None)
