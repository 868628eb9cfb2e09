"""Settings: from ``hymio.toml`` (or the file HYMIO_CONFIG names) and from the environment, which wins.

A setting ``http_port`` is ``http_port = 8000`` in the file and ``HYMIO_HTTP_PORT=8000`` in the environment.
"""

import os
import ssl
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

PREFIX = "HYMIO_"
CONFIG_VARIABLE = "HYMIO_CONFIG"
DEFAULT_FILE = Path("hymio.toml")


class SettingsError(Exception):
    """A setting is wrong. The message has one line a setting: its name, what is wrong, what would be right."""


class Settings(BaseModel):
    """Every setting of ``hymio serve``, with its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str = Field(
        default="sqlite:///hymio.sqlite",
        description="The store, as an SQLAlchemy address. A relative SQLite path starts from the current folder.",
    )
    exact_days: int = Field(
        default=90,
        ge=0,
        le=36500,
        description="Days that the store keeps the exact time of a tap; once a day older ones become the quarter of an "
        "hour they fell into. 0: exact times stay for ever.",
    )
    http_host: str = Field(default="127.0.0.1", description="Address the dashboard listens on. 0.0.0.0: every network.")
    http_port: int = Field(default=8000, ge=1, le=65535, description="Port the dashboard listens on, 1 to 65535.")
    secure_cookies: bool = Field(
        default=False,
        description="Set true when people reach the dashboard over https: the login cookie then travels only there.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="The log's form: `text` for people, or `json`, one object a line, for programs."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="A monitoring system reads `/metrics` with this word of 16 characters or more (`Authorization: "
        "Bearer …`). Not set: with the administrator's name and password alone.",
    )
    broker_host: str | None = Field(
        default=None,
        description="Name or address of your MQTT broker. Not set: the embedded broker runs inside the service.",
    )
    broker_port: int = Field(
        default=1883, ge=1, le=65535, description="Port of your MQTT broker; usually 8883 with TLS."
    )
    broker_user: str = Field(default="collector-1", min_length=1, description="The collector's account on your broker.")
    broker_password: SecretStr | None = Field(
        default=None, description="Its password. Needed with broker_host; better in the environment than in the file."
    )
    broker_tls: bool = Field(default=False, description="Speak TLS to your broker and check its certificate.")
    broker_ca: Path | None = Field(
        default=None,
        description="File with the certificate authority of your broker. Not set: the system's authorities.",
    )
    broker_mqtt5: bool = Field(
        default=True, description="Your broker speaks MQTT 5 (Mosquitto does). false: MQTT 3.1.1."
    )
    broker_share: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{1,32}$",
        description="Several collectors on one database divide the messages among them: the same name for all of them, "
        "such as hymio, and a broker_user for each. Needs MQTT 5.",
    )
    broker_accounts: Path | None = Field(
        default=None,
        description="Mosquitto's password file: kiosks that are added, renewed or retired are so at the broker within "
        "a second. `hymio broker config` makes it. Not set: you keep the broker's accounts yourself.",
    )
    broker_pid: Path | None = Field(
        default=None,
        description="File with Mosquitto's process id, to have it read its accounts again (SIGHUP). Not set: whoever "
        "watches broker_accounts does that.",
    )
    embedded_host: str = Field(
        default="127.0.0.1", description="Address the embedded broker listens on. 0.0.0.0: every network."
    )
    embedded_port: int = Field(default=1883, ge=1, le=65535, description="Port the embedded broker listens on.")
    embedded_certificate: Path | None = Field(
        default=None,
        description="The embedded broker's TLS certificate (PEM). Not set: no TLS, for a trusted network only.",
    )
    embedded_key: Path | None = Field(default=None, description="The private key of embedded_certificate (PEM).")
    update_key: Path = Field(
        default=Path("hymio-update.key"),
        description="File with the 32 bytes that kiosks' keys for updates are made from. hymio makes it when it is "
        "first needed; keep a copy: without it each kiosk has to be flashed again before its next update.",
    )

    @field_validator("database")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            address = make_url(value)
            kind = address.get_backend_name()
        except ArgumentError:
            raise ValueError("it must be an address such as sqlite:///hymio.sqlite") from None
        if kind not in ("sqlite", "postgresql"):
            raise ValueError("it must begin with sqlite: or postgresql:")
        try:
            address.get_dialect()
        except NoSuchModuleError:
            raise ValueError("its driver is not known; sqlite: and postgresql: are") from None
        return value

    @field_validator("broker_ca", "embedded_certificate", "embedded_key")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("it must name a file that exists")
        return value

    @field_validator("broker_ca")
    @classmethod
    def _authorities(cls, value: Path | None) -> Path | None:
        try:
            ssl.create_default_context(cafile=value)
        except (OSError, ssl.SSLError):
            raise ValueError("it must hold certificates in PEM, and this user must be able to read it") from None
        return value

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        if self.broker_host is not None and self.broker_password is None:
            raise ValueError(
                "broker_password is missing; with broker_host it must be the password of the collector's account"
            )
        if self.broker_accounts is not None and not self.broker_accounts.parent.is_dir():
            raise ValueError("broker_accounts must be in a folder that exists; `hymio broker config` makes it")
        if self.broker_share is not None and not self.broker_mqtt5:
            raise ValueError("broker_share needs broker_mqtt5; leave it out for a broker that has only MQTT 3.1.1")
        if self.broker_share is not None and self.broker_host is None:
            raise ValueError("broker_share needs broker_host: the embedded broker has no shared subscriptions")
        if (self.embedded_certificate is None) != (self.embedded_key is None):
            raise ValueError("embedded_certificate and embedded_key go together; give both or neither")
        return self


class _OfThisMachine(Settings, BaseSettings):
    """Settings whose values come from the environment first, then from what is given."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings of this machine. Raises SettingsError naming every setting that is wrong, and where it was given."""
    named = environment.get(CONFIG_VARIABLE)
    path = Path(named) if named else DEFAULT_FILE
    if named and not path.is_file():
        raise SettingsError(f"{CONFIG_VARIABLE} is {named}; it must name a file that exists")
    given = _read(path) if path.is_file() else {}
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {CONFIG_VARIABLE}
    strangers = sorted(name for name in environment if name.startswith(PREFIX) and name not in known | _OTHERS)
    problems = [f"{name} in the environment is not a setting; {_nearest(name, known)}" for name in strangers]
    settings: Settings | None = None
    try:
        settings = _OfThisMachine(**given)
    except ValidationError as error:
        problems += [_sentence(problem, path, environment) for problem in error.errors()]
    if problems or settings is None:
        raise SettingsError("\n".join(problems))
    return settings


_SECRET = {"broker_password", "database", "metrics_token"}  # a database's address may hold a password

# Read by the tests and by `hymio flash` and `hymio migrate`, not by the service
_OTHERS = {"HYMIO_UF2", "HYMIO_KIOSK_SECRET", "HYMIO_WIFI_KEY", "HYMIO_MIGRATE_TO"}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); give this user the right to") from None


def _nearest(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"perhaps {near[0]} was meant" if near else "docs/settings.md lists them all"


def _sentence(problem: Any, path: Path, environment: Mapping[str, str]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    wrong = problem["msg"].removeprefix("Value error, ")
    if not name:
        return wrong
    where = "in the environment" if PREFIX + name.upper() in environment else f"in {path}"
    if problem["type"] == "extra_forbidden":
        near = _nearest(name, set(Settings.model_fields))
        return f"{name} {where} is not a setting; {near}"
    label = PREFIX + name.upper() if "environment" in where else name
    shown = "" if name in _SECRET else f" is {problem['input']!r}"
    return f"{label} {where}{shown}: {wrong[0].lower() + wrong[1:]}"
