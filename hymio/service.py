"""A running service: store, broker, collector and web application, started in that order and stopped in the other."""

import faulthandler
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import uvicorn
from alembic.util import CommandError
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import SecretStr
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from collector.answers.update_key import UpdateKey
from collector.connection.frames import BrokerAddress
from collector.database import migration
from collector.database.address import shown
from collector.database.store import StoreError, open_store
from collector.registration.accounts import Accounts, Login, NotToldError
from collector.running import operations
from collector.running.service import Collector, utc_now_ms
from collector.running.upkeep import Upkeep
from dashboard.app import create_app
from dashboard.live import Live
from dashboard.login import Doorkeeper, authorize
from hymio.settings import Settings
from hymio.supervisor import Supervisor, Watch

if TYPE_CHECKING:
    from collector.broker import EmbeddedBroker

_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # every network: reached from here by the loopback

GRACE_S = 3
"""How long open pages may finish when the service stops."""


class ServiceError(Exception):
    """The service cannot start. One sentence: what is in the way and what to do."""


@contextmanager
def store(settings: Settings) -> Iterator[Engine]:
    """The store of ``settings``, migrated to this version's tables. Raises ServiceError when it cannot be had."""
    try:
        engine = open_store(settings.database)
    except (StoreError, OSError, SQLAlchemyError) as error:
        raise _no_store(settings, error) from None
    except ModuleNotFoundError as error:
        raise _no_driver(error) from None
    try:
        try:
            migration.upgrade(engine)
        except (OSError, SQLAlchemyError, CommandError, migration.MigrationError) as error:
            raise _no_store(settings, error) from None
        yield engine
    finally:
        engine.dispose()


@contextmanager
def store_there(settings: Settings, *, newest: bool = True) -> Iterator[Engine]:
    """As ``store``, and neither makes nor migrates one: an earlier version may be at work on it.

    ``newest``: only where it has this version's tables. Raises ServiceError.
    """
    engine = _found(settings)
    try:
        if newest:
            try:
                migration.must_be_newest(engine)
            except (OSError, SQLAlchemyError, migration.MigrationError) as error:
                raise _no_store(settings, error) from None
        yield engine
    finally:
        engine.dispose()


def _found(settings: Settings) -> Engine:
    try:
        address = make_url(settings.database)
        file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
        if file is not None and not (file.exists() and file.stat().st_size):
            raise _nothing_there(settings)
        engine = open_store(settings.database)
        if migration.revision(engine) is None:
            raise _nothing_there(settings)
        return engine
    except (ArgumentError, StoreError, OSError, SQLAlchemyError) as error:
        raise _no_store(settings, error) from None
    except ModuleNotFoundError as error:
        raise _no_driver(error) from None


def _nothing_there(settings: Settings) -> ServiceError:
    return ServiceError(
        f"database: there is no store of hymio in {shown(settings.database)}; is this the folder, and HYMIO_CONFIG "
        "the file, that the service has? A new store is made by `hymio serve`, or by whatever first registers something"
    )


def _no_driver(error: ModuleNotFoundError) -> ServiceError:
    return ServiceError(f"database: the driver {error.name} is not installed; install it beside hymio")


def _no_store(settings: Settings, error: Exception) -> ServiceError:
    why = getattr(error, "orig", None) or error
    return ServiceError(f"database: {shown(settings.database)} cannot be used: {str(why).splitlines()[0]}")


@dataclass
class Running:
    """What a started service is made of."""

    engine: Engine
    broker: "EmbeddedBroker | None"
    collector: Collector
    accounts: Accounts | None = None
    upkeep: Upkeep | None = None

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.upkeep is not None:
            self.upkeep.stop()
        if self.accounts is not None:
            self.accounts.stop()
        self.collector.stop()
        if self.broker is not None:
            self.broker.stop()


def start(engine: Engine, settings: Settings, *, further: bool = False) -> Running:
    """Broker (unless one is configured) and collector, running. Raises ServiceError.

    ``further``: a collector beside the one that `hymio serve` runs, which keeps the broker's accounts
    and gives up exact times.
    """
    if further:
        may_be_further(settings)
    broker = _embedded(engine, settings) if settings.broker_host is None else None
    collector = Collector(engine, _address(settings, broker), UpdateKey(settings.update_key), utc_now_ms)
    if broker is not None:
        refused = "What the embedded broker refused or cut, by reason"
        collector.metrics.watch_counts("broker_refused", refused, "reason", lambda: broker.counts)
    collector.start()
    accounts = None if further else accounts_of(engine, settings)
    if accounts is not None:
        collector.ask_too(lambda: accounts.refusal)
        accounts.start()
    upkeep = Upkeep(engine, 0 if further else settings.exact_days, utc_now_ms)
    upkeep.start()
    return Running(engine, broker, collector, accounts, upkeep)


def _embedded(engine: Engine, settings: Settings) -> "EmbeddedBroker":
    """Started. Its library is in memory only where it is the broker."""
    from collector.broker import BrokerError, EmbeddedBroker

    broker = EmbeddedBroker(
        engine,
        settings.embedded_host,
        settings.embedded_port,
        certfile=_text(settings.embedded_certificate),
        keyfile=_text(settings.embedded_key),
    )
    try:
        broker.start()
    except BrokerError as error:
        raise ServiceError(f"the embedded broker cannot start: {error}") from None
    return broker


def may_be_further(settings: Settings) -> None:
    """Raises ServiceError where these are not the settings of a collector beside another one."""
    if settings.broker_host is None or settings.broker_share is None:
        raise ServiceError(
            "a further collector needs broker_host and broker_share, and a broker_user that no other collector has"
        )
    if make_url(settings.database).get_backend_name() != "postgresql":
        raise ServiceError(
            f"a further collector needs PostgreSQL, on which collectors agree; {shown(settings.database)} is one "
            "collector's. `hymio migrate` takes a store to PostgreSQL (docs/care.md)"
        )


def keep_accounts(engine: Engine, settings: Settings) -> str | None:
    """Brings the broker's accounts into step with the registry, where hymio keeps them. Raises AccountsError.

    Where this process may write them and not tell Mosquitto, the answer says so, and who does it then.
    """
    accounts = accounts_of(engine, settings)
    try:
        if accounts is not None:
            accounts.write()
    except NotToldError as left:
        return str(left)
    return None


def accounts_of(engine: Engine, settings: Settings) -> Accounts | None:
    """The broker's accounts; None where hymio does not keep them."""
    if settings.broker_host is None or settings.broker_accounts is None:
        return None
    assert settings.broker_password is not None  # Settings refuses otherwise
    own = Login(settings.broker_user, settings.broker_password.get_secret_value())
    return Accounts(engine, settings.broker_accounts, settings.broker_pid, own)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _address(settings: Settings, broker: "EmbeddedBroker | None") -> BrokerAddress:
    if broker is not None:
        user, password = broker.collector_account
        host = _LOOPBACK_OF.get(settings.embedded_host, settings.embedded_host)
        certificate = _text(settings.embedded_certificate)
        tls = certificate is not None
        return BrokerAddress(host, broker.port, user, password, mqtt5=False, tls=tls, pinned=certificate)
    assert settings.broker_host is not None and settings.broker_password is not None  # Settings refuses otherwise
    return BrokerAddress(
        settings.broker_host,
        settings.broker_port,
        settings.broker_user,
        settings.broker_password.get_secret_value(),
        mqtt5=settings.broker_mqtt5,
        tls=settings.broker_tls,
        ca=_text(settings.broker_ca),
        share=settings.broker_share,
    )


def application(running: Running, *, demo: bool, metrics_token: SecretStr | None = None, **options: Any) -> FastAPI:
    """The web application: the dashboard, and the collector's own pages beside it."""
    app = create_app(running.engine, demo=demo, now_ms=utc_now_ms, **options)
    app.include_router(operations.router(running.collector, authorize=_guard(metrics_token)))
    return app


def collector_application(running: Running, metrics_token: SecretStr | None) -> FastAPI:
    """What a collector without pages answers over HTTP."""
    app = FastAPI(title="hymio collector", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.doorkeeper = Doorkeeper(running.engine, utc_now_ms, open_to_all=False, secure=False)
    app.include_router(operations.router(running.collector, authorize=_guard(metrics_token)))
    return app


def _guard(metrics_token: SecretStr | None) -> Any:
    """Lets in whoever brings the token, and whoever may log in."""

    def admit(request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if metrics_token is not None and scheme.lower() == "bearer":
            if compare_digest(given.strip().encode(), metrics_token.get_secret_value().encode()):
                return
            raise HTTPException(401, "wrong metrics_token", {"www-authenticate": "Bearer"})
        authorize(request)

    return Depends(admit)


def listen(host: str, port: int, setting: str = "http_port") -> socket.socket:
    """A listening socket. Raises ServiceError, naming ``setting``, when the port is taken or the address not ours."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, reuse_port=False
        )
    except OSError as error:
        raise ServiceError(
            f"cannot listen on {host} port {port} ({error.strerror}); choose another with http_port"
        ) from None


def run_web(
    app: FastAPI, listener: socket.socket, running: Running, on_ready: Callable[[], None] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; meanwhile systemd, where it started us, is told how we are."""
    faulthandler.enable()  # a watchdog's SIGABRT then says where every thread was
    supervisor = Supervisor()
    server = web_server(app, [lambda: supervisor.say("READY=1"), *([on_ready] if on_ready else [])])
    collector = running.collector
    # uvicorn ends in order at either signal and then raises it again, which must not cut short what follows here
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), Watch(supervisor, lambda: server.fault() or collector.fault(), collector.state):
        server.run(sockets=[listener])


STILL_S = 30.0
"""After which a web server whose loop has not turned will not turn any more; it turns ten times a second."""


def web_server(app: FastAPI, on_ready: list[Callable[[], None]], still_s: float = STILL_S) -> "WebServer":
    """``on_ready`` are called once it listens; after ``still_s`` without a turn it is at fault."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_S, server_header=False
    )
    return WebServer(config, getattr(app.state, "live", None), on_ready, still_s)


class WebServer(uvicorn.Server):
    """uvicorn's, with an eye on whether it turns."""

    def __init__(
        self, config: uvicorn.Config, live: Live | None, on_ready: list[Callable[[], None]], still_s: float
    ) -> None:
        super().__init__(config)
        self._live = live
        self._on_ready = on_ready
        self._still_s = still_s
        self._turned_s = time.monotonic()

    def fault(self) -> str | None:
        """As in ``collector.running.service``."""
        still_s = time.monotonic() - self._turned_s
        return f"the web server has stood still for {still_s:.0f} s" if still_s > self._still_s else None

    async def on_tick(self, counter: int) -> bool:
        self._turned_s = time.monotonic()
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for ready in self._on_ready:
            ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._live is not None:
            self._live.close()  # open pages would otherwise be waited for
        await super().shutdown(sockets)
