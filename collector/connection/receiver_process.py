"""The receiver (receiver.py) as its collector has it: a process that is started, heard, spoken to, and replaced.

It is replaced where it ended unasked, and where it hangs: a receiver gives a sign of life every SIGN_S, also while
nothing comes from the broker. One that is silent for too long while we listen (silence.py) is killed. Nothing is lost
by it: what it had heard and not told has no stored ack, so kiosks send it again.
"""

import contextlib
import logging
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import collector
from collector.answers.answer import Reply
from collector.connection.frames import (
    Answers,
    Attends,
    BrokerAddress,
    Connected,
    Ended,
    Heard,
    Said,
    Wanted,
    encode,
    read_news,
)
from collector.connection.silence import LOOK_S, SILENT_S, Silence

log = logging.getLogger("hymio.collector")

END_S = 5  # it may take to say goodbye
_ANOTHER_S = 1.0  # before another one is started
_APART = 4  # times the patience while it looks for the broker: a name may take long to be resolved
ENDED, HUNG = "ended", "hung"


class ReceiverProcess:
    """``begin`` is told the number of each new connection to the broker, 0 where one ended; ``heed`` what was heard.

    Both are called on one thread, and must not raise. ``silent_s``: after how long a receiver counts as hanging.
    ``takes`` is asked every LOOK_S, on another thread, whether the collector takes its part of what several of them
    share; None: it shares with nobody.
    """

    def __init__(
        self,
        address: BrokerAddress,
        begin: Callable[[int], None],
        heed: Callable[[Heard | Wanted], None],
        silent_s: float = SILENT_S,
        takes: Callable[[], bool] | None = None,
    ) -> None:
        self._address, self._begin, self._heed = address, begin, heed
        self._silence, self._most_s, self._takes = Silence(), silent_s, takes
        self._sending = threading.Lock()  # guards the pipe, and _connection against a PUBACK on the wrong one
        self._ending, self._ended = threading.Event(), threading.Event()
        self._pipe: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._hung: subprocess.Popen[bytes] | None = None  # the one that was killed lastly
        self._connection = 0
        self.certificate_ends_s = 0
        """When the certificate ends that the broker showed lastly, in seconds since 1970; 0: no TLS."""
        self._reader = threading.Thread(target=self._read, name="hymio-reader", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name="hymio-watcher", daemon=True)
        self.replaced = {ENDED: 0, HUNG: 0}
        """How many were replaced, by why."""

    @property
    def connection(self) -> int:
        """The number of the connection to the broker at present; 0: not connected, or not subscribed yet."""
        return self._connection

    @property
    def alive(self) -> bool:
        """Whether somebody listens to it and watches it."""
        return self._reader.is_alive() and self._watcher.is_alive()

    @property
    def silent_s(self) -> float:
        """For how long it has given no sign of life, while somebody listened."""
        return self._silence.lasts_s

    def start(self) -> None:
        """Returns at once."""
        self._reader.start()
        self._watcher.start()

    def end(self) -> None:
        """Has it say goodbye to the broker, and returns when it has ended."""
        self._ending.set()
        with self._sending:
            self._connection = 0
            if self._pipe is not None:
                self._hang_up(self._pipe)
        self._reader.join(END_S)
        if self._reader.is_alive():
            self._kill()
        self._reader.join()
        self._watcher.join()

    def tell(self, replies: list[Reply], due: Callable[[int], list[int]] | None = None) -> bool:
        """What it is to publish, and the PUBACKs that are ``due`` on a connection; False: there is none."""
        with self._sending:
            if not self._connection:
                return False
            packets = due(self._connection) if due is not None else []
            if (packets or replies) and self._pipe is not None:
                with contextlib.suppress(OSError):  # it ended: what is lost is said again by kiosks
                    self._pipe.send_bytes(encode(Answers(self._connection, packets, replies)))
        return True

    def _read(self) -> None:
        """What the receiver tells; another receiver where one ended unasked."""
        while not self._ending.is_set():
            try:
                pipe = self._call()
            except OSError as fault:  # no process or no memory to be had: maybe later
                log.error("no receiver could be started: %s; tried again until there is one", fault)
                self._ending.wait(_ANOTHER_S)
                continue
            with contextlib.suppress(EOFError, OSError):
                while True:
                    self._silence.listens()
                    said = pipe.recv_bytes()
                    self._silence.heard()
                    self._listen(said)
            self._silence.heard()
            self._forget(pipe)
        self._ended.set()

    def _call(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "collector.connection.receiver", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": _where_we_are()},
            )
        pipe = Connection(ours.detach())
        with self._sending:
            if self._ending.is_set():
                self._hang_up(pipe)
            else:
                pipe.send_bytes(encode(self._address))
                self._pipe = pipe
        return pipe

    def _listen(self, said: bytes) -> None:
        """Nothing that is said may end the thread that hears it."""
        try:
            news = read_news(said)
        except Exception:
            log.exception("what the receiver told could not be read; kiosks send it again")
            return
        if isinstance(news, Heard | Wanted):
            self._heed(news)
        elif isinstance(news, Said):
            log.log(news.level, "%s", news.sentence)
        elif isinstance(news, Connected | Ended):
            connection = 0
            if isinstance(news, Connected):
                connection, self.certificate_ends_s = news.connection, news.until_s
            self._begin(connection)
            with self._sending:
                self._connection = connection

    def _hang_up(self, pipe: Connection) -> None:
        """Ends what we say. The receiver says goodbye to the broker and ends, which the reading thread sees."""
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(pipe.fileno())) as line:
            line.shutdown(socket.SHUT_WR)

    def _forget(self, pipe: Connection) -> None:
        with self._sending:
            self._connection = 0
            self._pipe = None
            pipe.close()
        assert self._process is not None
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._ending.is_set():
            return
        if self._process is self._hung:
            self.replaced[HUNG] += 1
        else:
            self.replaced[ENDED] += 1
            log.error("the receiver ended with %d; another one is started", self._process.returncode)
        self._ending.wait(_ANOTHER_S)

    def _watch(self) -> None:
        """Kills a receiver that hangs, so that the reading thread hears its end."""
        while self._reader.is_alive():
            self._ended.wait(LOOK_S)
            silent_s = self._silence.look()
            if silent_s >= self._most_s * (1 if self._connection else _APART):
                log.error("the receiver has given no sign of life for %.0f s; another one is started", silent_s)
                self._kill()
            if self._takes is not None:
                self._attend(self._takes())

    def _attend(self, takes: bool) -> None:
        """Never waits: to a receiver that hangs nothing can be said, and who watches it must go on."""
        if not self._sending.acquire(blocking=False):
            return  # something else is said at present
        try:
            if self._pipe is not None and select.select([], [self._pipe], [], 0)[1]:
                with contextlib.suppress(OSError):
                    self._pipe.send_bytes(encode(Attends(takes)))
        finally:
            self._sending.release()

    def _kill(self) -> None:
        """It may hang in whatever it does, so it is not asked."""
        self._hung = self._process
        if self._hung is not None:
            self._hung.kill()


def _where_we_are() -> str:
    """The folders in which the receiver finds our packages, wherever the collector was started."""
    ours = Path(collector.__file__).resolve().parent.parent
    return os.pathsep.join([str(ours), *filter(None, [os.environ.get("PYTHONPATH")])])
