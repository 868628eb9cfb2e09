"""The collector's side of its connection to the broker: messages in, and after the commit PUBACKs and answers out.

The connection itself is held by a process of its own (receiver_process.py). Here two threads: one takes what that heard
and puts it into bounded lines, one a kiosk (turns.py); the writer takes from all of them by turns, one transaction for
what it took. When there is no room the first waits, and so in the end does the broker; while the database is away it
drops instead, or the broker would miss our pings: the kiosk has no stored ack and sends again.
The PUBACK of what was dropped follows once the writer goes on, to give its place in the broker's window back. A PUBACK
goes out only on the connection its message came by, since packet ids begin anew with every connection.
Where collectors share, one that cannot store leaves everything to the others until it can (part.py).
"""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from collector.answers.answer import Reply
from collector.connection.frames import BrokerAddress, Heard, Wanted
from collector.connection.part import HANGS_S, Part
from collector.connection.receipts import Receipts
from collector.connection.receiver_process import ReceiverProcess
from collector.connection.refusal import cause, in_words, may_do_later
from collector.connection.silence import SILENT_S
from collector.connection.turns import Frame, Turns
from collector.intake.clock import ClockError
from collector.intake.delivery import Delivery, read
from collector.intake.ingest import Ingest
from collector.kiosks.flood import COST_ROWS, Budget, remark

log = logging.getLogger("hymio.collector")

MOST_TOGETHER = 4000  # deliveries a transaction,
MOST_BYTES_TOGETHER = 200_000  # whose payloads are no longer than that altogether, envelopes left out: a tap has 12
WAITING_BYTES = 16 << 20  # what may wait, by collector.connection.turns.Turns.weight
_PATIENCE_S = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)  # between attempts while the database is away
_ENDS = "broker_certificate_expires_timestamp_seconds"
_ANOTHER_TRY_S = 1.0  # while not even quarantine takes anything, or the others are left everything


class Subscriber:
    """``waiting_bytes``: how much may wait for its transaction; ``budget``: how much of it one kiosk may send.

    ``on_want`` is handed the wants of kiosks, on the reading thread; without it they go into ingest like everything
    else. ``silent_s``: after how long without a sign of life the receiver is replaced. ``hangs_s``: after how long in
    one transaction a collector that shares leaves its part to the others.
    """

    def __init__(
        self,
        ingest: Ingest,
        address: BrokerAddress,
        *,
        waiting_bytes: int = WAITING_BYTES,
        budget: Budget | None = None,
        on_want: Callable[[Delivery], None] | None = None,
        silent_s: float = SILENT_S,
        hangs_s: float = HANGS_S,
    ) -> None:
        self._ingest = ingest
        self._on_want = on_want
        self._most_bytes = waiting_bytes
        self._turns = Turns(Budget() if budget is None else budget)  # an unspent one is empty, so false
        self._receipts = Receipts()
        self._filled = threading.Condition()  # guards _turns
        self._ending = threading.Event()
        self._trouble: str | None = None
        self._began_s: float | None = None  # when the transaction began that runs at present
        self._waits_since_s: float | None = None  # since when what the writer has in its hands is not stored
        self._tried_s = 0.0
        self._part, self._part_is_shared = Part(hangs_s), address.share is not None
        takes = self._take_part if self._part_is_shared else None
        self._receiver = ReceiverProcess(address, self._receipts.begin, self._heed, silent_s, takes)
        self._writer = threading.Thread(target=self._write, name="hymio-writer", daemon=True)
        ingest.metrics.watch("queue_depth", "Deliveries waiting for their transaction", lambda: self.waiting)
        ingest.metrics.watch("deliveries_owed", "Deliveries not taken whose PUBACK is not sent yet", lambda: self.owed)
        refuses = "1 while the database takes nothing"
        ingest.metrics.watch("database_refuses", refuses, lambda: self.trouble is not None)
        floods = self._turns.floods
        ingest.metrics.watch("kiosks_flooding", "Kiosks that were slowed in the last minute", lambda: len(floods))
        slowed = "Deliveries of kiosks that flood, by what became of them: slowed, or not taken besides"
        ingest.metrics.watch_counts("flood_deliveries", slowed, "what", lambda: floods.counts)
        replaced = "Receivers that were replaced, by why: ended, or hung"
        ingest.metrics.watch_counts("receivers_replaced", replaced, "reason", lambda: self._receiver.replaced)
        ends = "End of the certificate that the broker showed lastly; 0: no TLS"
        ingest.metrics.watch(_ENDS, ends, lambda: self._receiver.certificate_ends_s)
        ingest.metrics.watch("broker_connected", "1 while subscribed at the broker", lambda: self.connected)
        part = "1 while it takes its part of what collectors share; 0: it cannot store, and leaves it to the others"
        ingest.metrics.watch("part_taken", part, lambda: self._part.taken)

    @property
    def connected(self) -> bool:
        """Connected and subscribed."""
        return self._receiver.connection > 0

    @property
    def alive(self) -> bool:
        """Whether its threads run: from ``start`` to ``stop``."""
        return self._writer.is_alive() and self._receiver.alive

    @property
    def silent_s(self) -> float:
        """For how long the receiver has given no sign of life; it is replaced when that becomes too long."""
        return self._receiver.silent_s

    @property
    def waiting(self) -> int:
        """How many deliveries wait for their transaction."""
        return self._turns.count

    @property
    def owed(self) -> int:
        """How many deliveries are done with whose PUBACK is not sent yet."""
        return self._receipts.owed

    @property
    def trouble(self) -> str | None:
        """Why the database refuses at present, in a few words; None when the last transaction was committed."""
        return self._trouble

    @property
    def busy_s(self) -> float:
        """For how long the transaction that runs at present has run; 0: none does."""
        began_s = self._began_s
        return 0.0 if began_s is None else time.monotonic() - began_s

    def start(self) -> None:
        """Returns at once; connects, and connects again whenever needed, until ``stop``."""
        self._receiver.start()
        self._writer.start()

    def stop(self) -> None:
        """Ends the running transaction's work, disconnects and returns. What waits is dropped: kiosks resend it."""
        self._ending.set()
        with self._filled:
            self._filled.notify_all()
        self._writer.join()
        self._receiver.end()

    def say(self, replies: list[Reply]) -> bool:
        """Publishes ``replies``; False where there is no connection, and nothing was said."""
        return self._receiver.tell(replies)

    def enqueue(self, delivery: Delivery) -> None:
        """Takes a delivery of QoS 0 that came by another way into ingest."""
        self._put((0, [delivery]))

    def _take_part(self) -> bool:
        """On the watching thread: the writer may hang in a transaction, and the reading thread wait for it."""
        took, now_s, since_s = self._part.taken, time.monotonic(), self._waits_since_s
        takes = self._part.look(now_s, 0.0 if since_s is None else now_s - since_s, self._trouble is not None)
        if took and not takes:
            log.warning("nothing can be stored here: what collectors share is left to the others")
        elif takes and not took:
            log.warning("the database takes what it is given: this collector takes its part again")
        return takes

    # ---- the reading thread
    def _heed(self, news: Heard | Wanted) -> None:
        """Nothing that was heard may end the thread that hears it."""
        try:
            if isinstance(news, Heard):
                self._receipts.came(news.connection, _packets(news.deliveries))
                self._put((news.connection, news.deliveries))
            else:
                for want in news.deliveries:
                    self._on_want(want) if self._on_want else self.enqueue(want)
        except Exception:
            log.exception("what the receiver told could not be taken; kiosks send it again")
            if isinstance(news, Heard):
                self._receipts.done(news.connection, _packets(news.deliveries))

    def _put(self, frame: Frame) -> None:
        """Waits for room while the writer gets on: the broker then keeps what it has. Drops where it does not."""
        with self._filled:
            while self._is_full() and self._trouble is None and self._part.taken and not self._ending.is_set():
                self._filled.wait(1)
            if self._is_full():
                self._ingest.metrics.dropped.inc(len(frame[1]))
                self._receipts.done(frame[0], _packets(frame[1]))
                return
            given_back = self._turns.put(frame)
            self._filled.notify_all()
        self._give_back(frame[0], given_back)

    def _give_back(self, connection: int, packet_ids: list[int]) -> None:
        """PUBACKs that wait for no transaction; while the database is away they wait for it like all others."""
        if packet_ids:
            self._receipts.done(connection, packet_ids)
            if self._trouble is None:
                self._release([], [])

    def _is_full(self) -> bool:
        return self._turns.weight >= self._most_bytes

    # ---- the writing thread
    def _write(self) -> None:
        while not self._ending.is_set():
            batch = self._next()
            try:
                if batch:
                    self._take(batch)
                elif not self._ending.is_set():
                    self._try()
                self._tell_of_floods()
            except Exception:
                log.exception("a batch of deliveries was given up; its kiosks send it again")
                self._owe(batch)
        self._ingest.rest()

    def _next(self) -> list[Frame]:
        """What a transaction takes; nothing at the end, or where none comes since the others are left it."""
        batch: list[Frame] = []
        given_back: list[int] = []
        with self._filled:
            while not batch and not self._ending.is_set():
                now_s = time.monotonic()
                batch, given_back = self._turns.take(now_s, MOST_TOGETHER, MOST_BYTES_TOGETHER)
                if not batch and self._is_to_try(now_s):
                    break
                if not batch:
                    self._filled.wait(self._wait_s(now_s))
            self._filled.notify_all()
        self._give_back(self._receipts.connection, given_back)
        return batch

    def _is_to_try(self, now_s: float) -> bool:
        """Whether nobody else would find out that the database is back, or that it is away again."""
        return not self._part.taken and now_s - self._tried_s >= _ANOTHER_TRY_S

    def _wait_s(self, now_s: float) -> float | None:
        wait_s = self._turns.wait_s(now_s)
        if not self._part_is_shared:
            return wait_s
        return _ANOTHER_TRY_S if wait_s is None else min(wait_s, _ANOTHER_TRY_S)

    def _try(self) -> None:
        """As a transaction does, where there is none to be had."""
        self._began_s = time.monotonic()
        self._waits_since_s = self._waits_since_s or self._began_s
        try:
            self._ingest.prove()
        except Exception as fault:
            self._in_trouble(fault, "nothing waits")
        else:
            self._out_of_trouble()
        finally:
            self._began_s = None
        self._tried_s = time.monotonic()

    def _take(self, batch: list[Frame]) -> None:
        """Stores ``batch`` however long it takes, in halves where the store refuses it for what one delivery says."""
        if not batch:
            return
        deliveries = [delivery for _, some in batch for delivery in some]
        replies = self._store(deliveries)
        if replies is not None:
            self._release(batch, replies)
            self._ingest.metrics.answered({delivery.heard_s for delivery in deliveries}, time.monotonic())
        elif len(deliveries) > 1 and not self._ending.is_set():
            singly = [(connection, [delivery]) for connection, some in batch for delivery in some]
            middle = len(singly) // 2
            self._take(singly[:middle])
            self._take(singly[middle:])
        else:
            self._owe(batch)

    def _store(self, batch: list[Delivery]) -> list[Reply] | None:
        """The answers of a transaction that was committed; None when the store refuses ``batch``, or at the end."""
        attempt = 0
        self._waits_since_s = self._waits_since_s or time.monotonic()
        while not self._ending.is_set():
            try:
                self._began_s = time.monotonic()
                with self._ingest.metrics.seconds.time():
                    replies = self._ingest.take(batch)
                self._ingest.metrics.batch.observe(len(batch))
                self._charge()
                self._out_of_trouble()
                return replies
            except Exception as e:
                self._ingest.metrics.failures.inc()
                fault = e if may_do_later(e) else self._fault_of_the_store(batch)
                if fault is None:
                    told = self._isolate(batch, e)
                    if self._trouble is None:
                        self._waits_since_s = None
                    return told
                self._in_trouble(fault, f"{len(batch)} deliveries wait and are tried again until they are stored")
                patience_s = _PATIENCE_S[min(attempt, len(_PATIENCE_S) - 1)]
                self._began_s = None
                self._ending.wait(patience_s)
                attempt += 1
            finally:
                self._began_s = None
        return None

    def _charge(self) -> None:
        """What came late may have cost much more than its length."""
        given_back: list[int] = []
        with self._filled:
            for kiosk, rows in self._ingest.looked_back.items():
                given_back += self._turns.charge(kiosk, rows / COST_ROWS, time.monotonic())
        self._give_back(self._receipts.connection, given_back)

    def _in_trouble(self, fault: Exception, waiting: str) -> None:
        """Said once, and not at every attempt for as long as a database is away."""
        words = in_words(fault)
        if words != self._trouble:
            log.error("%s, %s: %s", cause(fault), waiting, words)
        self._trouble = words

    def _out_of_trouble(self) -> None:
        if self._trouble is not None:
            log.info("the database takes transactions again")
        self._trouble = self._waits_since_s = None

    def _fault_of_the_store(self, batch: list[Delivery]) -> Exception | None:
        """Why the store would refuse anything: no fault of the delivery then, which a kiosk may have to give up for it.

        Asked when only one is left, since of several another one may be at fault.
        """
        if len(batch) > 1:
            return None
        try:
            self._ingest.prove()
        except (DBAPIError, ClockError) as fault:
            return fault
        except Exception:
            log.exception("the store could not be proven")
        return None

    def _isolate(self, batch: list[Delivery], refusal: Exception) -> list[Reply] | None:
        if len(batch) > 1:
            return None
        about = {"kiosk": read(batch[0]).kiosk}
        log.error("the store refuses one delivery on %s: %r", batch[0].topic[:200], refusal, extra=about)
        try:
            return self._ingest.condemn(batch[0], type(refusal).__name__)
        except Exception as e:
            log.exception("nor can it be put in quarantine; its kiosk sends it again")
            if isinstance(e, DBAPIError):  # then it is the store: damaged, or with other tables than ours
                self._trouble = in_words(e)
                self._ending.wait(_ANOTHER_TRY_S)
            return None

    def _tell_of_floods(self) -> None:
        with self._filled:
            floods = self._turns.floods.due(time.monotonic())
        if not floods:
            return
        remark(floods)
        try:
            self._ingest.flag(floods)
        except (DBAPIError, ClockError) as fault:
            log.warning("kiosks that flood could not be flagged: %s", type(fault).__name__)

    def _release(self, batch: list[Frame], replies: list[Reply]) -> None:
        self._owe(batch)
        self._receiver.tell(replies, self._receipts.due)

    def _owe(self, batch: list[Frame]) -> None:
        for connection, some in batch:
            self._receipts.done(connection, _packets(some))


def _packets(deliveries: list[Delivery]) -> list[int]:
    return [delivery.packet_id for delivery in deliveries if delivery.packet_id]
