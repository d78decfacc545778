"""What the operator may set from outside, read once and typed; nonsense stops the start with one sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

LANGUAGES = ("zh-hans", "zh-hant", "en")


class Misconfigured(Exception):
    """An environment variable holds nonsense; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Mail:
    """Where mail is handed over: `smtp://user:password@host:port`, `smtps://` for TLS from the first byte."""

    host: str
    port: int
    user: str
    password: str
    tls: bool


@dataclass(frozen=True)
class Environment:
    """All outside settings of one process (`docs/operations.md` lists them)."""

    host: str
    port: int
    data: Path
    database_url: str
    mail: Mail | None
    outbound_allow: tuple[tuple[str, int], ...]
    language: str
    time_zone: str
    demo: bool
    secure: bool
    hosts: tuple[str, ...]
    trusted_proxies: int
    password_profile: str
    api_rate: int


def read(source: Mapping[str, str] | None = None) -> Environment:
    """Read the environment of this process (or of `source`, for tests).

    Raises `Misconfigured` with one sentence that names the variable and what it may hold.
    """
    env = os.environ if source is None else source
    host = env.get("LOUDOU_HOST", "127.0.0.1").strip()
    if not host or " " in host:
        raise Misconfigured("LOUDOU_HOST must be one host name or address.")
    return Environment(
        host=host,
        port=_whole(env, "LOUDOU_PORT", 8000, 1, 65535),
        data=_folder(env),
        database_url=_database_url(env),
        mail=_mail(env),
        outbound_allow=_outbound(env),
        language=_one_of(env, "LOUDOU_LANGUAGE", "zh-hans", LANGUAGES),
        time_zone=_time_zone(env),
        demo=_yes_no(env, "LOUDOU_DEMO", True),
        secure=_yes_no(env, "LOUDOU_SECURE", False),
        hosts=tuple(part.strip() for part in env.get("LOUDOU_HOSTS", "").split(",") if part.strip()),
        trusted_proxies=_whole(env, "LOUDOU_TRUSTED_PROXIES", 0, 0, 9),
        password_profile=_one_of(env, "LOUDOU_PASSWORD_PROFILE", "modern", ("modern", "mlps")),
        api_rate=_whole(env, "LOUDOU_API_RATE", 600, 1, 1_000_000),
    )


def _whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    raw = env.get(name, "").strip()
    if not raw:
        return default
    if not (raw.isascii() and raw.isdigit()) or not least <= int(raw) <= most:
        raise Misconfigured(f"{name} must be a whole number from {least} to {most}, not “{raw}”.")
    return int(raw)


def _yes_no(env: Mapping[str, str], name: str, default: bool) -> bool:
    raw = env.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in ("1", "true", "yes", "on"):
        return True
    if raw in ("0", "false", "no", "off"):
        return False
    raise Misconfigured(f"{name} must be 1 or 0, not “{raw}”.")


def _one_of(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    raw = env.get(name, "").strip().lower() or default
    if raw not in allowed:
        raise Misconfigured(f"{name} must be one of {', '.join(allowed)}, not “{raw}”.")
    return raw


def _time_zone(env: Mapping[str, str]) -> str:
    raw = env.get("LOUDOU_TIME_ZONE", "").strip() or "Asia/Shanghai"
    try:
        ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        raise Misconfigured(
            f"LOUDOU_TIME_ZONE must be a time zone such as Asia/Shanghai, not “{raw}”."
        ) from None
    return raw


def _folder(env: Mapping[str, str]) -> Path:
    raw = env.get("LOUDOU_DATA", "").strip() or "var"
    folder = Path(raw).expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise Misconfigured(f"LOUDOU_DATA must be a folder, and {folder} is a file.")
    return folder


def _database_url(env: Mapping[str, str]) -> str:
    raw = env.get("DATABASE_URL", "").strip()
    if not raw:
        return ""
    parts = urlsplit(raw)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise Misconfigured("DATABASE_URL must look like postgresql://user:password@host:port/name.")
    try:
        parts.port  # noqa: B018 - reading the port is what checks it
    except ValueError:
        raise Misconfigured("DATABASE_URL has a port that is no number.") from None
    return raw


def _mail(env: Mapping[str, str]) -> Mail | None:
    raw = env.get("SMTP_URL", "").strip()
    if not raw:
        return None
    parts = urlsplit(raw)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
        raise Misconfigured("SMTP_URL must look like smtp://user:password@host:port.")
    return Mail(
        host=parts.hostname,
        port=port or (465 if parts.scheme == "smtps" else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
    )


def _outbound(env: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    allowed = []
    for part in env.get("OUTBOUND_ALLOW", "").split(","):
        if not part.strip():
            continue
        host, _, port = part.strip().rpartition(":")
        if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
            raise Misconfigured(f"OUTBOUND_ALLOW must be host:port,…, and “{part.strip()}” is not.")
        allowed.append((host.strip("[]"), int(port)))
    return tuple(allowed)
