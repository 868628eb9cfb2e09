"""The embedded broker: for the demo and for small sites. A thread with an event loop, a listener, and amqtt inside.

amqtt 0.12.1 carries messages from publisher to subscriber at QoS 0 and 1, and does that well. The rest is kept from it,
because (each was read in its source, and most were seen):

- it deletes a session, or takes over its Will and account, before it has asked who is connecting;
- a refused connection still replaces the session of the client whose id it used;
- a second connection with the same id does not close the first;
- it sends a connecting client the retained messages that match anybody's subscriptions;
- it lets any Will pass; keep-alive is never enforced, so a dead client stays connected and its Will unsaid;
- packets up to 256 MiB are read; a slow client's messages wait without limit;
- a topic plugin makes it yield while it walks its subscriptions, and a client that comes or goes then makes a message
  vanish ("dictionary changed size"): so no topic plugin is used, and the gate checks rights.

It forgets a message that was not acknowledged within 5 s, and everything at a restart. Stored acks make both harmless.
"""

import asyncio
import errno
import logging
import socket
import ssl
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.broker import packets
from collector.broker.admission import Admission, Admitted, CollectorAccount, Refused
from collector.broker.gate import MAX_PACKET, Gate, Retained, keep
from collector.broker.rights import is_retained

log = logging.getLogger(__name__)

_LISTENER = "default"
_STOP_S = 2.0


class BrokerError(Exception):
    """The broker cannot listen where it was told to; the message says why, for whoever runs it."""


class BehindTheGate(BaseAuthPlugin):
    """amqtt's account check: whoever reaches amqtt has passed the gate, which is the only listener."""

    async def authenticate(self, *, session: Session) -> bool:
        return True


@dataclass(frozen=True)
class Limits:
    """``connections`` at once, admitted or not; ``connect_s`` to say who one is, TLS included; ``recheck_s`` between
    two looks at the registry, after which a retired kiosk is cut off."""

    connections: int = 1000
    connect_s: float = 10.0
    recheck_s: float = 5.0


class EmbeddedBroker:
    """MQTT 3.1.1 for the kiosks of the registry and for this process's collector.

    ``port`` 0 takes any free one; ``port`` then says which. ``certfile`` and ``keyfile`` (PEM) turn on TLS.
    """

    def __init__(
        self,
        engine: Engine,
        host: str = "127.0.0.1",
        port: int = 1883,
        *,
        certfile: str | None = None,
        keyfile: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.host, self.port = host, port
        self.counts: Counter[str] = Counter()
        self._account = CollectorAccount()
        self._admission = Admission(engine, self._account)
        self._certificate = (certfile, keyfile)
        self._limits = limits or Limits()
        self._retained: Retained = {}
        self._live: dict[str, Gate] = {}
        self._standing: dict[str, str] = {}
        self._serving: dict[Gate, asyncio.Task[None]] = {}
        self._thread: threading.Thread | None = None

    @property
    def collector_account(self) -> tuple[str, str]:
        """User name and password for the collector, random at every start of the process."""
        return self._account.user, self._account.password

    @property
    def connections(self) -> int:
        """Connections open now, admitted or not."""
        return len(self._serving)

    def start(self) -> None:
        """Returns when clients can connect. Raises BrokerError when that cannot be."""
        if self._thread is not None:
            raise BrokerError("the broker is running already")
        _quieten()
        listening: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="broker", daemon=True)
        self._thread.start()
        try:
            self.port = listening.result()
        except BaseException:
            self._thread.join()
            self._thread = None
            raise

    def stop(self) -> None:
        """Closes the listener and every connection, unsaid Wills stay unsaid; returns when the thread has ended."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_S * 3)
        if self._thread.is_alive():
            log.error("the broker's thread did not end")
        self._thread = None

    def _run(self, listening: "Future[int]") -> None:
        try:
            asyncio.run(self._serve(listening))
        except BaseException as fault:
            if not listening.done():
                listening.set_exception(fault)
            else:
                log.exception("the broker stopped by a fault of its own")

    async def _serve(self, listening: "Future[int]") -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._questions = ThreadPoolExecutor(2, thread_name_prefix="broker-accounts")
        self._retained.clear()
        self._amqtt = Broker(_configuration())
        listener = await self._listen()
        await self._amqtt.start()
        recheck = asyncio.create_task(self._recheck())
        listening.set_result(listener.sockets[0].getsockname()[1])
        try:
            await self._stopping.wait()
        finally:
            listener.close()
            recheck.cancel()
            await self._close_all()

    async def _listen(self) -> asyncio.Server:
        tls = _tls(*self._certificate)
        patience_s = self._limits.connect_s if tls else None
        try:
            return await asyncio.start_server(
                self._meet, self.host, self.port, limit=MAX_PACKET, ssl=tls, ssl_handshake_timeout=patience_s
            )
        except (OSError, OverflowError) as fault:
            raise BrokerError(_why_not(fault, self.host, self.port)) from fault

    async def _close_all(self) -> None:
        serving = list(self._serving.values())
        for task in serving:
            task.cancel()
        if serving:
            await asyncio.wait(serving, timeout=_STOP_S / 2)
        try:
            async with asyncio.timeout(_STOP_S / 2):
                await self._amqtt.shutdown()
        except TimeoutError:
            log.warning("amqtt did not stop in time")
        self._questions.shutdown(wait=False)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its last."""
        if len(self._serving) >= self._limits.connections or self._stopping.is_set():
            self._note("full", f"{self._limits.connections} connections are open, one more was refused")
            writer.transport.abort()
            return
        _tune(writer.get_extra_info("socket"))
        gate = Gate(reader, writer, self._retained, self._note)
        self._serving[gate] = asyncio.ensure_future(self._introduce(gate))
        try:
            await self._serving[gate]
        except asyncio.CancelledError:
            gate.cut()
        except Exception:
            # amqtt's faults end one connection, not the broker; the client comes back
            log.warning("a connection from %s ended by a fault", gate.peer, exc_info=True)
        finally:
            del self._serving[gate]
            if not gate.closed.is_set():
                gate.cut()

    async def _introduce(self, gate: Gate) -> None:
        try:
            async with asyncio.timeout(self._limits.connect_s):
                wish = await gate.read_connect()
                if wish is None:
                    return self._note("connect", f"{gate.peer} speaks another version than MQTT 3.1.1")
                verdict = await self._ask(self._admission.admit, wish)
        except TimeoutError:
            return self._note("connect", f"{gate.peer} did not say who it is in time")
        except (packets.Malformed, asyncio.IncompleteReadError, OSError) as fault:
            return self._note("connect", f"{gate.peer} sent no CONNECT: {fault}")
        except SQLAlchemyError as fault:
            self._note("connect", f"the registry could not be asked about {gate.peer}: {type(fault).__name__}")
            return gate.refuse(packets.UNAVAILABLE)
        if isinstance(verdict, Refused):
            self._note("account", f"{gate.peer} was refused: {verdict.reason}")
            return gate.refuse(verdict.code)
        gate.admit(wish, verdict.session, verdict.rights)
        return await self._host(gate, verdict)

    async def _host(self, gate: Gate, admitted: Admitted) -> None:
        """Lets an admitted client talk to amqtt. An older connection of the same client ends first, Will and all."""
        while (older := self._live.get(admitted.session)) is not None:
            self._note("taken_over", f"{older.peer} was cut: its client connected again from {gate.peer}")
            older.cut()
            await older.finished.wait()
        self._live[admitted.session] = gate
        if admitted.standing is not None:
            self._standing[admitted.session] = admitted.standing
        talk = asyncio.ensure_future(self._amqtt.external_connected(gate, gate, _LISTENER))
        closed = asyncio.ensure_future(gate.closed.wait())
        try:
            await asyncio.wait({talk, closed}, return_when=asyncio.FIRST_COMPLETED)
            if not gate.closed.is_set():
                gate.cut()
            if gate.will is not None:
                await self._say(gate.will)
            await asyncio.wait({talk}, timeout=_STOP_S / 2)
        finally:
            talk.cancel()
            closed.cancel()
            await asyncio.gather(talk, closed, return_exceptions=True)
            del self._live[admitted.session]
            self._standing.pop(admitted.session, None)
            gate.finished.set()

    async def _say(self, will: packets.Will) -> None:
        message = packets.Publish(will.topic, will.payload, None, will.retain, False)
        if will.retain and is_retained(will.topic):
            keep(self._retained, message)
        await self._amqtt.internal_message_broadcast(will.topic, will.payload)

    async def _recheck(self) -> None:
        """Cuts the kiosks that were retired, or given another secret, since they connected."""
        while True:
            await asyncio.sleep(self._limits.recheck_s)
            try:
                standings = await self._ask(self._admission.standings)
            except SQLAlchemyError:
                continue
            for kiosk, standing in list(self._standing.items()):
                if standings.get(kiosk) != standing and kiosk in self._live:
                    self._note("account", f"kiosk {kiosk} was cut: it is retired or has a new secret")
                    self._live[kiosk].cut()

    async def _ask(self, question, *about):
        return await self._loop.run_in_executor(self._questions, question, *about)

    def _note(self, kind: str, reason: str) -> None:
        self.counts[kind] += 1
        log.info("%s", reason)


def _configuration() -> BrokerConfig:
    plugin = f"{BehindTheGate.__module__}.{BehindTheGate.__qualname__}"
    return BrokerConfig(listeners={_LISTENER: ListenerConfig(type=ListenerType.EXTERNAL)}, plugins={plugin: {}})


def _tls(certfile: str | None, keyfile: str | None) -> ssl.SSLContext | None:
    if certfile is None and keyfile is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certfile or "", keyfile)
    except (OSError, ssl.SSLError) as fault:
        raise BrokerError(f"the broker's certificate {certfile} with key {keyfile} cannot be used: {fault}") from fault
    return context


def _why_not(fault: Exception, host: str, port: int) -> str:
    if isinstance(fault, OSError) and fault.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program; stop it, or give the broker another port"
    if isinstance(fault, OSError) and fault.errno == errno.EACCES:
        return f"port {port} on {host} may not be used by this user; choose one from 1024 to 65535"
    return f"the broker cannot listen on {host}, port {port}: {fault}"


def _tune(sock: socket.socket) -> None:
    # an ack of 60 bytes must not wait for the one before it (40 ms by Nagle's rule and delayed acknowledgement)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # clients that promise no keep-alive and lost their power are found by the system, after hours
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _quieten() -> None:
    # amqtt writes a traceback for every message that a slow client did not acknowledge; the gate says what matters
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.WARNING)
