"""The embedded broker, for the demo and for small sites: a thread with an event loop, a listener, gates, and amqtt."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.broker import packets, switch
from collector.broker.admission import Admission, Admitted, CollectorAccount, Refused
from collector.broker.gate import Gate, Retained, keep
from collector.broker.listener import BrokerError, listen, tune
from collector.broker.pace import Pace
from collector.broker.remarks import Remarks
from collector.broker.rights import CollectorRights, Rights, is_retained
from wire.topic import is_kiosk_name

log = logging.getLogger(__name__)

_STOP_S = 2.0


@dataclass(frozen=True)
class Limits:
    """``connections`` at once, admitted or not; ``connect_s`` to say who one is, TLS included; ``recheck_s`` between
    two looks at the registry, after which a retired kiosk is cut off; a kiosk that sends more than ``burst`` packets
    is read at ``packets_per_s`` (a kiosk that drains a full journal sends about ten)."""

    connections: int = 1000
    connect_s: float = 10.0
    recheck_s: float = 5.0
    packets_per_s: float = 1000.0
    burst: int = 2000


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
        self._about: str | None = None  # the kiosk that a remark is about
        self._remarks = Remarks(lambda line: log.info("%s", line, extra={"kiosk": self._about}))
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
    def counts(self) -> Counter[str]:
        """How often something was refused or cut, by kind, since the process started."""
        return self._remarks.counts

    @property
    def connections(self) -> int:
        """Connections open now, admitted or not."""
        return len(self._serving)

    def start(self) -> None:
        """Returns when clients can connect. Raises BrokerError when that cannot be."""
        if self._thread is not None:
            raise BrokerError("the broker is running already")
        switch.quieten()
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
        self._loop.set_exception_handler(self._hear_fault)
        self._stopping = asyncio.Event()
        self._questions = ThreadPoolExecutor(2, thread_name_prefix="broker-accounts")
        self._retained.clear()
        self._amqtt = switch.make()
        listener = await listen(self._meet, self.host, self.port, self._certificate, self._limits.connect_s)
        await self._amqtt.start()
        recheck = asyncio.create_task(self._recheck())
        listening.set_result(listener.sockets[0].getsockname()[1])
        try:
            await self._stopping.wait()
        finally:
            listener.close()
            recheck.cancel()
            await self._close_all()

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
            self._note("full", "", f"{self._limits.connections} connections are open, one more was refused")
            writer.transport.abort()
            return
        tune(writer.get_extra_info("socket"))
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
                    return self._note("connect", gate.host, f"{gate.peer} speaks another version than MQTT 3.1.1")
                verdict = await self._ask(self._admission.admit, wish)
        except TimeoutError:
            return self._note("connect", gate.host, f"{gate.peer} did not say who it is in time")
        except (packets.Malformed, asyncio.IncompleteReadError, OSError) as fault:
            return self._note("connect", gate.host, f"{gate.peer} sent no CONNECT: {fault}")
        except SQLAlchemyError as fault:
            line = f"the registry could not be asked about {gate.peer}: {type(fault).__name__}"
            self._note("connect", gate.host, line)
            return gate.refuse(packets.UNAVAILABLE)
        if isinstance(verdict, Refused):
            self._note("account", f"{gate.host} {verdict.reason}", f"{gate.peer} was refused: {verdict.reason}")
            return gate.refuse(verdict.code)
        gate.admit(wish, verdict.session, verdict.rights, self._pace(verdict.rights))
        return await self._host(gate, verdict)

    async def _host(self, gate: Gate, admitted: Admitted) -> None:
        """Lets an admitted client talk to amqtt. An older connection of the same client ends first, Will and all."""
        while (older := self._live.get(admitted.session)) is not None:
            line = f"{older.client} at {older.peer}: cut: it connected again from {gate.peer}"
            self._note("taken_over", older.client, line)
            older.cut()
            await older.finished.wait()
        self._live[admitted.session] = gate
        if admitted.standing is not None:
            self._standing[admitted.session] = admitted.standing
        talk = asyncio.ensure_future(self._amqtt.external_connected(gate, gate, switch.LISTENER))
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
                    self._note("account", kiosk, f"kiosk {kiosk} was cut: it is retired or has a new secret")
                    self._live[kiosk].cut()

    async def _ask(self, question: Callable[..., Any], *about: object) -> Any:
        return await self._loop.run_in_executor(self._questions, question, *about)

    def _pace(self, rights: Rights) -> Pace | None:
        """The collector answers every kiosk and is our own: it is not slowed."""
        if isinstance(rights, CollectorRights):
            return None
        return Pace(self._limits.packets_per_s, self._limits.burst, self._loop.time())

    def _hear_fault(self, _: asyncio.AbstractEventLoop, about: dict[str, Any]) -> None:
        """What no task answers for. A stranger who speaks no TLS, and a client that went away, deserve one line."""
        fault = about.get("exception")
        if isinstance(fault, OSError):
            self._note("connect", "", f"{about['message']}: {fault}")
        else:
            log.error("%s", about["message"], exc_info=fault)

    def _note(self, kind: str, client: str, line: str) -> None:
        self._about = client if is_kiosk_name(client) else None  # an address, where nobody has said who comes
        self._remarks.add(kind, client, line, self._loop.time())
