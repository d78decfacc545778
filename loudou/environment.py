"""What the operator may set from outside, read once and typed; nonsense stops the start with one sentence."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

LANGUAGES = ("zh-hans", "zh-hant", "en")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
_HOST_NAME = re.compile(
    r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.ASCII | re.IGNORECASE
)
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_RECIPIENT = re.compile(r"age1[a-z0-9]{58}")
# Files beside those of time zones: this machine's own, and such that count leap seconds.
_UNKNOWN_TO_POSTGRES = ("localtime", "posixrules", "posix", "right")
# What may follow the question mark of a DATABASE_URL: libpq's own words.
_DATABASE_WORDS = frozenset(
    [
        "host",
        "port",
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslcrl",
        "sslpassword",
        "sslcertmode",
        "channel_binding",
        "passfile",
        "service",
        "connect_timeout",
        "application_name",
        "options",
        "target_session_attrs",
        "load_balance_hosts",
        "gssencmode",
        "krbsrvname",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "require_auth",
        "ssl_min_protocol_version",
        "ssl_max_protocol_version",
    ]
)


class Misconfigured(Exception):
    """An environment variable holds nonsense; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Mail:
    """Where mail is handed over: `smtp://user:password@host:port?from=crm@example.com`.

    `smtps://` speaks TLS from the first byte, `?starttls=1` after the greeting (the default on port 587).
    """

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool
    sender: str


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
    site: str  # where people open it, and links in mail lead: https://crm.example.com
    trusted_proxies: int
    password_profile: str
    api_rate: int
    access_log: bool
    backup_folder: Path | None  # None: no nightly backup
    backup_recipient: str


def read(source: Mapping[str, str] | None = None) -> Environment:
    """Read the environment of this process (or of `source`, for tests).

    Raises `Misconfigured` with one sentence that names the variable and what it may hold.
    """
    env = os.environ if source is None else source
    secure = _yes_no(env, "LOUDOU_SECURE", False)
    data = _folder(env, "LOUDOU_DATA", Path("var"))
    host, hosts, site = _host(env), _hosts(env), _site(env, secure=secure)
    port = _whole(env, "LOUDOU_PORT", 8000, 1, 65535)
    if secure and host in EVERYWHERE and not hosts and not site:
        raise Misconfigured(
            "LOUDOU_HOSTS must list the names people use (crm.example.com,…) with LOUDOU_SECURE=1."
        )
    return Environment(
        host=host,
        port=port,
        data=data,
        database_url=_database_url(env),
        mail=_mail(env),
        outbound_allow=_outbound(env),
        language=_one_of(env, "LOUDOU_LANGUAGE", "zh-hans", LANGUAGES),
        time_zone=_time_zone(env),
        # People whose password is public do not belong where the operator asks for security.
        demo=_yes_no(env, "LOUDOU_DEMO", not secure),
        secure=secure,
        hosts=hosts,
        site=site or _likely_site(host, port, hosts, secure=secure),
        trusted_proxies=_whole(env, "LOUDOU_TRUSTED_PROXIES", 0, 0, 9),
        password_profile=_one_of(env, "LOUDOU_PASSWORD_PROFILE", "modern", ("modern", "mlps")),
        api_rate=_whole(env, "LOUDOU_API_RATE", 600, 1, 1_000_000),
        access_log=_yes_no(env, "LOUDOU_ACCESS_LOG", False),
        backup_folder=_backup_folder(env, data),
        backup_recipient=_recipient(env),
    )


def host_of(address: str) -> str:
    """The host of an address as Django compares it: small letters, IPv6 in brackets."""
    name = urlsplit(address).hostname or ""
    return f"[{name}]" if ":" in name else name


def _raw(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()


def _whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    raw = _raw(env, name)
    if not raw:
        return default
    number = _number(raw)
    if number is None or not least <= number <= most:
        raise Misconfigured(f"{name} must be a whole number from {least} to {most}, not “{raw[:40]}”.")
    return number


def _number(raw: str) -> int | None:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


def _yes_no(env: Mapping[str, str], name: str, default: bool) -> bool:
    raw = _raw(env, name).lower()
    if not raw:
        return default
    if raw in ("1", "true", "yes", "on"):
        return True
    if raw in ("0", "false", "no", "off"):
        return False
    raise Misconfigured(f"{name} must be 1 or 0, not “{raw[:40]}”.")


def _one_of(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    raw = _raw(env, name).lower() or default
    if raw not in allowed:
        raise Misconfigured(f"{name} must be one of {', '.join(allowed)}, not “{raw[:40]}”.")
    return raw


def _host(env: Mapping[str, str]) -> str:
    raw = _raw(env, "LOUDOU_HOST").strip("[]") or "127.0.0.1"
    if not _is_host(raw):
        raise Misconfigured(f"LOUDOU_HOST must be one host name or address, not “{raw[:80]}”.")
    return raw


def _hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in _raw(env, "LOUDOU_HOSTS").split(",") if part.strip())
    for part in parts:
        if not _is_host(part.strip("[]").removeprefix(".")):
            raise Misconfigured(
                f"LOUDOU_HOSTS must list host names (crm.example.com,…), and “{part[:80]}” is none."
            )
    return parts


def _site(env: Mapping[str, str], *, secure: bool) -> str:
    raw = _raw(env, "LOUDOU_SITE").rstrip("/")
    if not raw:
        return ""
    parts, port = _split(raw)
    known = parts is not None and parts.scheme in ("http", "https") and _is_host(parts.hostname or "")
    if parts is None or not known or port == -1 or "@" in raw or parts.path or parts.query or parts.fragment:
        raise Misconfigured(
            f"LOUDOU_SITE must be the address people open (https://crm.example.com), not “{raw[:80]}”."
        )
    if secure and parts.scheme != "https":
        raise Misconfigured("LOUDOU_SITE must begin with https:// with LOUDOU_SECURE=1.")
    return raw


def _likely_site(host: str, port: int, hosts: tuple[str, ...], *, secure: bool) -> str:
    """The address people open, where nobody says it: the first name they use, or what is listened at."""
    named = next((name for name in hosts if not name.startswith(".")), "")
    name = named or (socket.gethostname() if host in EVERYWHERE else host)
    if ":" in name and not name.startswith("["):
        name = f"[{name}]"
    if secure:
        return f"https://{name}"
    return f"http://{name}" if port == 80 else f"http://{name}:{port}"


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
        return True
    except ValueError:
        numeric = all(letter in "0123456789." for letter in text)
        return len(text) <= 253 and not numeric and _HOST_NAME.fullmatch(text) is not None


def _time_zone(env: Mapping[str, str]) -> str:
    raw = _raw(env, "LOUDOU_TIME_ZONE") or "Asia/Shanghai"
    try:
        ZoneInfo(raw)
        known = raw.partition("/")[0] not in _UNKNOWN_TO_POSTGRES
    except (KeyError, ValueError, OSError):
        known = False
    if not known:
        raise Misconfigured(f"LOUDOU_TIME_ZONE must be a time zone such as Asia/Shanghai, not “{raw[:40]}”.")
    return raw


def _folder(env: Mapping[str, str], name: str, default: Path) -> Path:
    raw = _raw(env, name)
    try:
        folder = (Path(raw).expanduser() if raw else default).resolve()
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        if not nearest.is_dir():
            raise Misconfigured(f"{name} must be a folder, and {nearest} is a file.")
    except (OSError, RuntimeError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        meant = (raw or str(default))[:80]
        raise Misconfigured(f"{name} must be a folder, and “{meant}” cannot be one: {why}.") from None
    return folder


def _backup_folder(env: Mapping[str, str], data: Path) -> Path | None:
    if _raw(env, "LOUDOU_BACKUP_FOLDER").lower() in ("0", "no", "off", "false"):
        return None
    if not _raw(env, "LOUDOU_BACKUP_FOLDER"):
        return data / "backups"
    return _folder(env, "LOUDOU_BACKUP_FOLDER", data)


def _recipient(env: Mapping[str, str]) -> str:
    raw = _raw(env, "LOUDOU_BACKUP_RECIPIENT")
    if raw and not _RECIPIENT.fullmatch(raw):
        raise Misconfigured(
            "LOUDOU_BACKUP_RECIPIENT must be a public key age1… (loudou backup --new-key FILE makes one)."
        )
    return raw


def _database_url(env: Mapping[str, str]) -> str:
    raw = _raw(env, "DATABASE_URL")
    if not raw:
        return ""
    parts, port = _split(raw)
    if parts is None or parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise Misconfigured("DATABASE_URL must look like postgresql://user:password@host:port/name.")
    if port == -1:
        raise Misconfigured("DATABASE_URL has a port that is no number from 1 to 65535.")
    strange = [
        word for word, _value in parse_qsl(parts.query, keep_blank_values=True) if word not in _DATABASE_WORDS
    ]
    if strange:
        raise Misconfigured(
            f"DATABASE_URL has a parameter that PostgreSQL does not know: “{strange[0][:40]}”."
        )
    return raw


def _split(raw: str) -> tuple[SplitResult | None, int | None]:
    """A URL and its port; no URL where it is none, -1 where the port is none."""
    try:
        parts = urlsplit(raw)
    except ValueError:
        return None, None
    try:
        return parts, parts.port
    except ValueError:
        return parts, -1


def _mail(env: Mapping[str, str]) -> Mail | None:
    raw = _raw(env, "SMTP_URL")
    if not raw:
        return None
    parts, port = _split(raw)
    if parts is None or parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
        raise Misconfigured("SMTP_URL must look like smtp://user:password@host:port?from=crm@example.com.")
    asked = dict(parse_qsl(parts.query))
    user = unquote(parts.username or "")
    sender = asked.pop("from", "") or (user if "@" in user else f"loudou@{parts.hostname}")
    tls = parts.scheme == "smtps"
    starttls = not tls and asked.pop("starttls", "1" if port == 587 else "0") == "1"
    if asked or not _ADDRESS.fullmatch(sender):
        raise Misconfigured("SMTP_URL may end in ?from=ADDRESS and &starttls=1, and nothing else.")
    return Mail(
        host=parts.hostname,
        port=port or (465 if tls else 25),
        user=user,
        password=unquote(parts.password or ""),
        tls=tls,
        starttls=starttls,
        sender=sender,
    )


def _outbound(env: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    allowed = []
    for part in env.get("OUTBOUND_ALLOW", "").split(","):
        if not part.strip():
            continue
        host, _, port = part.strip().rpartition(":")
        number = _number(port)
        if not _is_host(host.strip("[]")) or number is None or not 1 <= number <= 65535:
            raise Misconfigured(f"OUTBOUND_ALLOW must be host:port,…, and “{part.strip()[:80]}” is not.")
        allowed.append((host.strip("[]"), number))
    return tuple(allowed)
