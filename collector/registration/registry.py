"""Who there is: units, service points, kiosks, their placements, the administrator. What a command line may change."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pwdlib import PasswordHash
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from collector.database import store
from collector.database.tables import (
    Administrator,
    CollectorAccount,
    Kiosk,
    LoginSession,
    Placement,
    Question,
    ServicePoint,
    Unit,
)
from collector.registration import credential
from wire.messages import CONFIG_FIELDS, MAX_UTC_MS, MIN_UTC_MS
from wire.topic import MAX_NAME, is_kiosk_name

LANGUAGES = ("fi", "sv", "en")
MAX_SLUG = 64
MAX_TITLE = 120
MAX_TEXT = 200
LEAST_PASSWORD = 12

_SLUG = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

_unit: Any = Unit.__table__  # type: ignore[attr-defined]
_point: Any = ServicePoint.__table__  # type: ignore[attr-defined]
_kiosk: Any = Kiosk.__table__  # type: ignore[attr-defined]
_placement: Any = Placement.__table__  # type: ignore[attr-defined]
_question: Any = Question.__table__  # type: ignore[attr-defined]
_collector: Any = CollectorAccount.__table__  # type: ignore[attr-defined]
_administrator: Any = Administrator.__table__  # type: ignore[attr-defined]
_session: Any = LoginSession.__table__  # type: ignore[attr-defined]


class RegistryError(Exception):
    """Something cannot be registered. The message is a sentence that names the field and what would be right."""


def add_unit(engine: Engine, slug: str, names: Mapping[str, str], parent: str | None = None) -> None:
    """A unit called ``slug`` in addresses and ``names`` (by language; ``fi`` is enough) on pages, under ``parent``."""
    row = {"slug": _slug(slug), **checked_titles("name", names, MAX_TITLE)}
    with store.writing(engine) as connection:
        _must_be_free(connection, _unit.c.slug, slug, "a unit")
        row["parent_id"] = _id_of(connection, _unit, parent, "unit") if parent else None
        connection.execute(insert(_unit), row)


def add_point(
    engine: Engine, slug: str, unit: str, names: Mapping[str, str], timezone: str = "Europe/Helsinki"
) -> None:
    """A service point of ``unit``; its ``timezone`` (an IANA name) decides the day of its taps."""
    row = {"slug": _slug(slug), **checked_titles("name", names, MAX_TITLE), "timezone": checked_timezone(timezone)}
    with store.writing(engine) as connection:
        _must_be_free(connection, _point.c.slug, slug, "a service point")
        row["unit_id"] = _id_of(connection, _unit, unit, "unit")
        connection.execute(insert(_point), row)


def add_kiosk(engine: Engine, name: str, point: str | None, now_ms: int) -> str:
    """A kiosk called ``name``, standing at ``point`` from ``now_ms`` on (None: not placed yet).

    Returns its secret, 32 hex digits; only a hash of it is kept. A name is never used again, so that what an old
    kiosk left behind is never taken for a new one's.
    """
    if not is_kiosk_name(name):
        raise RegistryError(
            f"name: {name!r} cannot be a kiosk's name; it must be 1 to {MAX_NAME} of a-z, 0-9 and -, "
            "not beginning or ending with -"
        )
    secret = credential.new_secret()
    with store.writing(engine) as connection:
        _must_be_free(connection, _kiosk.c.name, name, "a kiosk (names are never used again)")
        _must_be_free(connection, _collector.c.name, name, "a collector's account")
        row = {
            "name": name,
            "secret_hash": credential.keep(secret),
            "added_utc_ms": checked_utc_ms("now_ms", now_ms),
            "config_version": 1,
            "idle_light": 20,
            "health_s": 300,
            "channel": "stable",
        }
        connection.execute(insert(_kiosk), row)
        if point:
            _place(connection, name, _id_of(connection, _point, point, "service point"), now_ms)
    return secret


def place_kiosk(engine: Engine, name: str, point: str | None, from_utc_ms: int) -> None:
    """The kiosk stands at ``point`` from ``from_utc_ms`` on (None: nowhere), whatever was said of later times.

    Where that is in the past, ``collector.care.rebuild`` brings the taps since then to where they belong.
    """
    with store.writing(engine) as connection:
        in_use(connection, name)
        target = _id_of(connection, _point, point, "service point") if point else None
        mine, later = _placement.c.kiosk == name, _placement.c.from_utc_ms >= checked_utc_ms("from_utc_ms", from_utc_ms)
        connection.execute(delete(_placement).where(mine, later))
        goes_on = _placement.c.to_utc_ms.is_(None) | (_placement.c.to_utc_ms > from_utc_ms)
        connection.execute(update(_placement).where(mine, goes_on).values(to_utc_ms=from_utc_ms))
        if target is not None:
            _place(connection, name, target, from_utc_ms)


def timezone_of(engine: Engine, point: str) -> str:
    """The time zone of a service point. Raises RegistryError."""
    with store.reading(engine) as connection:
        zone: str = point_of(connection, point).timezone
    return zone


def points(connection: Connection) -> dict[int, str]:
    """{id: slug} of every service point."""
    return {row.id: row.slug for row in connection.execute(select(_point.c.id, _point.c.slug))}


def point_of(connection: Connection, point: str) -> Any:
    """The row of the service point of that slug. Raises RegistryError."""
    id = _id_of(connection, _point, point, "service point")
    return connection.execute(select(_point).where(_point.c.id == id)).one()


def configure_kiosk(
    engine: Engine, name: str, idle_light: int | None = None, health_s: int | None = None, channel: str | None = None
) -> int:
    """Gives the kiosk other settings; returns their version. The kiosk is told at its next birth.

    None: that one stays what it is.
    """
    given = {"idle_light": idle_light, "health_s": health_s, "channel": channel}
    settings = {setting: value for setting, value in given.items() if value is not None}
    if not settings:
        raise RegistryError("settings: none is given; it must be the idle light, the health interval or both")
    for field in CONFIG_FIELDS:
        wrong = field.name in settings and field.kind.check(settings[field.name], field.name)
        if wrong:
            raise RegistryError(wrong.detail)
    with store.writing(engine) as connection:
        version: int = in_use(connection, name)["config_version"] + 1
        connection.execute(update(_kiosk).where(_kiosk.c.name == name).values(config_version=version, **settings))
    return version


def ask(engine: Engine, point: str, texts: Mapping[str, str], from_utc_ms: int) -> None:
    """From ``from_utc_ms`` on ``texts`` (by language) is what the service point asks; ends its earlier question."""
    row = {**checked_titles("text", texts, MAX_TEXT), "from_utc_ms": checked_utc_ms("from_utc_ms", from_utc_ms)}
    with store.writing(engine) as connection:
        row["service_point_id"] = _id_of(connection, _point, point, "service point")
        mine = _question.c.service_point_id == row["service_point_id"]
        latest = connection.execute(select(func.max(_question.c.from_utc_ms)).where(mine)).scalar()
        if latest is not None and latest >= from_utc_ms:
            raise RegistryError(f"from_utc_ms: {from_utc_ms} is not after the last question's beginning at {latest}")
        connection.execute(update(_question).where(mine, _question.c.to_utc_ms.is_(None)).values(to_utc_ms=from_utc_ms))
        connection.execute(insert(_question), row)


def renew_secret(engine: Engine, name: str) -> str:
    """Another secret for a kiosk in use: the old one ends at once. Returns it; the kiosk gets it over USB."""
    secret = credential.new_secret()
    with store.writing(engine) as connection:
        in_use(connection, name)
        connection.execute(update(_kiosk).where(_kiosk.c.name == name).values(secret_hash=credential.keep(secret)))
    return secret


def add_collector(engine: Engine, name: str, renew: bool = False) -> str | None:
    """An account for a collector on a broker of its own. Returns its password; None where it has one already.

    ``renew``: it gets another then, and the old one ends.
    """
    if not is_kiosk_name(name):
        raise RegistryError(f"name: {name!r} cannot be an account; it must be 1 to {MAX_NAME} of a-z, 0-9 and -")
    password = credential.new_secret()
    with store.writing(engine) as connection:
        _must_be_free(connection, _kiosk.c.name, name, "a kiosk")
        kept = {"name": name, "secret_hash": credential.keep(password)}
        if not connection.execute(select(_collector).where(_collector.c.name == name)).first():
            connection.execute(insert(_collector), kept)
        elif renew:
            connection.execute(update(_collector).where(_collector.c.name == name).values(kept))
        else:
            return None
    return password


def without_broker_hash(engine: Engine) -> list[str]:
    """Kiosks in use whose secret an earlier version kept in a way that Mosquitto cannot read."""
    live = select(_kiosk.c.name, _kiosk.c.secret_hash).where(_kiosk.c.retired_utc_ms.is_(None)).order_by(_kiosk.c.name)
    with store.reading(engine) as connection:
        return [name for name, kept in connection.execute(live) if not credential.for_brokers(kept)]


def verify_secret(engine: Engine, kiosk: str, secret: str) -> bool:
    """Whether ``secret`` opens the account of ``kiosk``. Takes the same time whatever is wrong; retired: never."""
    with store.reading(engine) as connection:
        live = select(_kiosk.c.secret_hash).where(_kiosk.c.name == kiosk, _kiosk.c.retired_utc_ms.is_(None))
        kept = connection.execute(live).scalar()
    return credential.matches(secret, kept or _NOBODYS) and kept is not None


def set_administrator(engine: Engine, name: str, password: str) -> None:
    """There is one administrator: from now on ``name``, with this ``password``. Whoever is logged in is logged out."""
    if not 1 <= len(name) <= MAX_SLUG or not name.isprintable():
        raise RegistryError(f"name: it must be 1 to {MAX_SLUG} characters that can be printed")
    if len(password) < LEAST_PASSWORD:
        raise RegistryError(f"password: it has {len(password)} characters; it must have at least {LEAST_PASSWORD}")
    row = {"name": name, "password_hash": PasswordHash.recommended().hash(password)}
    with store.writing(engine) as connection:
        connection.execute(delete(_session))
        connection.execute(delete(_administrator))
        connection.execute(insert(_administrator), row)


def _place(connection: Connection, kiosk: str, point_id: int, from_utc_ms: int) -> None:
    row = {"kiosk": kiosk, "service_point_id": point_id, "from_utc_ms": from_utc_ms}
    connection.execute(insert(_placement), row)


def in_use(connection: Connection, name: str) -> Any:
    """The row of a kiosk that was not retired. Raises RegistryError."""
    row = known(connection, name)
    if row["retired_utc_ms"] is not None:
        raise RegistryError(f"name: the kiosk {name!r} was retired; it must be one in use")
    return row


def known(connection: Connection, name: str) -> Any:
    """The row of a kiosk, retired or not. Raises RegistryError."""
    row = connection.execute(select(_kiosk).where(_kiosk.c.name == name)).mappings().first()
    if row is None:
        raise RegistryError(f"name: there is no kiosk {name!r}; it must be one that was added")
    return row


def _id_of(connection: Connection, table: Any, slug: str | None, what: str) -> int:
    found: int | None = connection.execute(select(table.c.id).where(table.c.slug == slug)).scalar()
    if found is None:
        raise RegistryError(f"{what}: there is no {what} {slug!r}; add it first")
    return found


def _must_be_free(connection: Connection, column: Any, value: str, what: str) -> None:
    if connection.execute(select(column).where(column == value)).first():
        raise RegistryError(f"{column.name}: {value!r} is {what} already; it must be a new one")


def _slug(slug: str) -> str:
    if not 1 <= len(slug) <= MAX_SLUG or not _SLUG.issuperset(slug) or slug[0] == "-" or slug[-1] == "-":
        raise RegistryError(
            f"slug: {slug!r} cannot stand in an address; it must be 1 to {MAX_SLUG} of a-z, 0-9 and -, "
            "not beginning or ending with -"
        )
    return slug


def checked_titles(column: str, titles: Mapping[str, str], most: int) -> dict[str, Any]:
    """A row's columns of what is given by language; ``fi`` stands for one that is not. Raises RegistryError."""
    unknown = sorted(set(titles) - set(LANGUAGES))
    if unknown:
        raise RegistryError(f"{column}s: {unknown[0]!r} is not a language here; it must be one of fi, sv, en")
    row = {f"{column}_{language}": titles.get(language) or titles.get("fi", "") for language in LANGUAGES}
    for name, value in row.items():
        if not 1 <= len(value.strip()) <= most or len(value) > most or not value.isprintable():
            raise RegistryError(f"{name}: it must be 1 to {most} characters on one line")
    return row


def checked_timezone(name: str) -> str:
    """Raises RegistryError for what is no IANA name."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as e:  # not a file name, not a zone's file, not a zone
        wanted = "it must be an IANA name such as Europe/Helsinki"
        raise RegistryError(f"timezone: {name!r} is not a time zone; {wanted}") from e
    return name


def checked_utc_ms(field: str, utc_ms: int) -> int:
    """A time that a computer whose clock was set may say. Raises RegistryError."""
    if not MIN_UTC_MS <= utc_ms <= MAX_UTC_MS:
        raise RegistryError(f"{field}: {utc_ms} is not a time in milliseconds from 2020 to 2100")
    return utc_ms


_NOBODYS = credential.keep(credential.new_secret())
"""Held against whoever comes under an unknown name."""
