"""Nonsense in the environment stops the start with one sentence that names the variable."""

from __future__ import annotations

import errno
import re
import socket
from pathlib import Path

import pytest

from loudou import environment
from loudou.environment import Misconfigured, read

NONSENSE = [
    ("LOUDOU_PORT", "0"),
    ("LOUDOU_PORT", "65536"),
    ("LOUDOU_PORT", "-1"),
    ("LOUDOU_PORT", "80a"),
    ("LOUDOU_PORT", "８０００"),
    ("LOUDOU_PORT", "9" * 5000),
    ("LOUDOU_HOST", "http://127.0.0.1"),
    ("LOUDOU_HOST", "a b"),
    ("LOUDOU_HOST", "1.2.3"),
    ("LOUDOU_HOST", "127.0.0.1:8000"),
    ("LOUDOU_HOST", "-x"),
    ("LOUDOU_HOST", "x" * 300),
    ("LOUDOU_HOSTS", "https://crm.example.com"),
    ("LOUDOU_HOSTS", "crm.example.com/path"),
    ("LOUDOU_HOSTS", "*"),
    ("LOUDOU_SITE", "crm.example.com"),
    ("LOUDOU_SITE", "ftp://crm.example.com"),
    ("LOUDOU_SITE", "https://"),
    ("LOUDOU_SITE", "https://crm.example.com/loudou"),
    ("LOUDOU_SITE", "https://crm.example.com:http"),
    ("LOUDOU_SITE", "https://somebody@crm.example.com"),
    ("LOUDOU_DATA", "/dev/null"),
    ("LOUDOU_DATA", "/etc/passwd/var"),
    ("LOUDOU_DATA", "~nobody-of-that-name/var"),
    ("LOUDOU_LANGUAGE", "klingon"),
    ("LOUDOU_TIME_ZONE", "Mars/Olympus"),
    ("LOUDOU_TIME_ZONE", "Asia"),
    ("LOUDOU_TIME_ZONE", "../../etc/passwd"),
    ("LOUDOU_TIME_ZONE", "localtime"),
    ("LOUDOU_TIME_ZONE", "right/Asia/Shanghai"),
    ("LOUDOU_DEMO", "maybe"),
    ("LOUDOU_SECURE", "2"),
    ("LOUDOU_ACCESS_LOG", "loud"),
    ("LOUDOU_TRUSTED_PROXIES", "all"),
    ("LOUDOU_TRUSTED_PROXIES", "10"),
    ("LOUDOU_PASSWORD_PROFILE", "weak"),
    ("LOUDOU_API_RATE", "0"),
    ("LOUDOU_BACKUP_FOLDER", "/dev/null"),
    ("LOUDOU_BACKUP_RECIPIENT", "bob"),
    ("DATABASE_URL", "mysql://localhost/crm"),
    ("DATABASE_URL", "postgresql://localhost"),
    ("DATABASE_URL", "postgresql://localhost:port/crm"),
    ("DATABASE_URL", "postgresql://localhost:99999/crm"),
    ("DATABASE_URL", "postgresql://[::1/crm"),
    ("DATABASE_URL", "postgresql://localhost/crm?sslmod=require"),
    ("SMTP_URL", "mail.example.com"),
    ("SMTP_URL", "smtp://"),
    ("SMTP_URL", "smtp://mail.example.com:mail"),
    ("SMTP_URL", "smtp://mail.example.com?from=nobody"),
    ("SMTP_URL", "smtp://mail.example.com?colour=red"),
    ("OUTBOUND_ALLOW", "localhost"),
    ("OUTBOUND_ALLOW", "localhost:0"),
    ("OUTBOUND_ALLOW", "localhost:²"),
    ("OUTBOUND_ALLOW", "http://10.0.0.1:80"),
]


@pytest.mark.parametrize(
    ("name", "value"), NONSENSE, ids=[f"{name}={value[:20]}" for name, value in NONSENSE]
)
def test_nonsense_is_refused_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read({name: value})
    sentence = str(refused.value)
    assert name in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".") or sentence.endswith(").") or sentence.endswith("”.")
    assert len(sentence) < 250


def test_every_variable_has_its_nonsense() -> None:
    asked = set(
        re.findall(
            r'"((?:LOUDOU_|DATABASE_|SMTP_|OUTBOUND_)[A-Z_]+)"', Path(environment.__file__).read_text("utf-8")
        )
    )
    assert asked == {name for name, _value in NONSENSE}


def test_nothing_set_is_a_demo_on_this_machine_alone() -> None:
    env = read({})
    assert (env.host, env.port, env.demo, env.secure) == ("127.0.0.1", 8000, True, False)
    assert env.data == Path("var").resolve()
    assert env.backup_folder == env.data / "backups"
    assert env.time_zone == "Asia/Shanghai"


def test_security_leaves_the_demo_out_and_asks_for_names() -> None:
    assert not read({"LOUDOU_SECURE": "1"}).demo
    assert read({"LOUDOU_SECURE": "1", "LOUDOU_DEMO": "1"}).demo
    with pytest.raises(Misconfigured, match="LOUDOU_HOSTS"):
        read({"LOUDOU_SECURE": "1", "LOUDOU_HOST": "0.0.0.0"})
    assert read({"LOUDOU_SECURE": "1", "LOUDOU_HOST": "0.0.0.0", "LOUDOU_HOSTS": "crm.example.com"}).hosts


@pytest.mark.parametrize(
    ("said", "site"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"LOUDOU_HOST": "::1", "LOUDOU_PORT": "80"}, "http://[::1]"),
        ({"LOUDOU_HOST": "0.0.0.0"}, f"http://{socket.gethostname()}:8000"),
        ({"LOUDOU_HOSTS": ".example.cn,crm.example.com"}, "http://crm.example.com:8000"),
        ({"LOUDOU_HOSTS": "crm.example.com", "LOUDOU_SECURE": "1"}, "https://crm.example.com"),
        ({"LOUDOU_HOST": "0.0.0.0", "LOUDOU_SECURE": "1", "LOUDOU_SITE": "https://a.cn/"}, "https://a.cn"),
        ({"LOUDOU_SITE": "http://crm.intern:8080"}, "http://crm.intern:8080"),
    ],
)
def test_the_site_is_what_is_said_else_what_is_likely(said: dict[str, str], site: str) -> None:
    assert read(said).site == site


def test_a_secure_site_is_opened_by_https() -> None:
    with pytest.raises(Misconfigured, match="https://"):
        read({"LOUDOU_SECURE": "1", "LOUDOU_SITE": "http://crm.example.com"})


def test_mail_knows_its_sender_and_its_lock() -> None:
    mail = read({"SMTP_URL": "smtp://sales%40example.com:a%3Ab@mail.example.com:587"}).mail
    assert mail is not None
    assert (mail.user, mail.password, mail.sender) == ("sales@example.com", "a:b", "sales@example.com")
    assert (mail.port, mail.tls, mail.starttls) == (587, False, True)
    secure = read({"SMTP_URL": "smtps://mail.example.com?from=crm@example.com"}).mail
    assert secure is not None
    assert (secure.port, secure.tls, secure.starttls, secure.sender) == (465, True, False, "crm@example.com")


def test_nightly_backups_can_be_turned_off_or_sent_elsewhere(tmp_path: Path) -> None:
    assert read({"LOUDOU_BACKUP_FOLDER": "off"}).backup_folder is None
    assert read({"LOUDOU_BACKUP_FOLDER": str(tmp_path)}).backup_folder == tmp_path


def test_a_folder_that_nobody_named_is_blamed_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with a data folder that is somebody else's is said of the data folder, by who opens it."""

    def closed(place: Path) -> bool:
        if place == tmp_path / "backups":
            raise PermissionError(errno.EACCES, "Permission denied")
        return True

    monkeypatch.setattr(Path, "exists", closed)
    assert read({"LOUDOU_DATA": str(tmp_path)}).backup_folder == tmp_path / "backups"
    named = str(tmp_path / "backups")[:80]
    said = f"LOUDOU_BACKUP_FOLDER must be a folder, and “{named}” cannot be one: Permission denied."
    with pytest.raises(Misconfigured, match=re.escape(said)):
        read({"LOUDOU_DATA": str(tmp_path), "LOUDOU_BACKUP_FOLDER": named})


def test_addresses_of_both_families_and_lists() -> None:
    assert read({"LOUDOU_HOST": "[::1]"}).host == "::1"
    assert read({"LOUDOU_HOSTS": "crm.example.com, .example.cn"}).hosts == ("crm.example.com", ".example.cn")
    assert read({"OUTBOUND_ALLOW": "erp.intern:8080,[fd00::1]:443"}).outbound_allow == (
        ("erp.intern", 8080),
        ("fd00::1", 443),
    )
