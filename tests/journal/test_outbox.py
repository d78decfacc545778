"""Mail that leaves with the act that caused it, at least once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError

from loudou.journal.models import Delivery
from loudou.journal.record import send_mail, verb
from loudou.journal.tasks import deliver
from loudou.kernel import clock
from tests.jobs import run


@pytest.fixture(autouse=True)
def _post_office(settings: Any, db: None) -> None:
    """A mail server is configured; what it is given lands in `mail.outbox`."""
    settings.ENVIRONMENT = SimpleNamespace(mail=object())
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@verb
def write(*recipients: str, by: None = None, urgent: bool = False) -> None:
    for recipient in recipients:
        send_mail(recipient, "签批提醒", "有 3 条等您签字", urgent=urgent)


def down(times: int = 10_000) -> Callable[[Any], int]:
    """The sending of a mail server that refuses, `times` times."""
    tried = []

    def send(message: Any, *args: Any, **kwargs: Any) -> int:
        tried.append(message)
        if len(tried) <= times:
            raise ConnectionRefusedError("no")
        mail.outbox.append(message)
        return 1

    return send


def test_it_is_sent_once_and_marked(settings: Any) -> None:
    write("a@example.org", "b@example.org")
    assert run(deliver) == 2
    assert run(deliver) == 0
    assert [message.to for message in mail.outbox] == [["a@example.org"], ["b@example.org"]]
    assert mail.outbox[0].subject == "签批提醒"
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"
    assert not Delivery.objects.filter(sent_at=None).exists()


def test_without_a_mail_server_it_waits(settings: Any) -> None:
    settings.ENVIRONMENT = SimpleNamespace(mail=None)
    write("a@example.org")
    assert run(deliver) == 0
    assert Delivery.objects.get().attempts == 0


def test_a_server_that_is_down_is_tried_again_later_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.mail.EmailMessage.send", down())
    write("a@example.org")
    gaps = []
    at = clock.now()
    for _ in range(8):
        with clock.at(at):
            assert run(deliver) == 0
            delivery = Delivery.objects.get()
            gaps.append((delivery.due_at - at).total_seconds())
        at = delivery.due_at
    assert gaps == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert delivery.error == "ConnectionRefusedError: no"
    assert (delivery.sent_at, delivery.given_up_at) == (None, None)


def test_what_somebody_waits_for_leaves_before_a_thousand_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands before a shut door does not stand behind the morning's reminders (OV-11)."""
    start = clock.now()
    with clock.at(start - timedelta(minutes=1)):
        write(*(f"a{n}@example.org" for n in range(1_000)))
    write("shut-out@example.org", urgent=True)
    seen: list[str] = []

    def send(message: Any) -> int:
        if len(seen) == 3:
            raise KeyboardInterrupt
        return seen.append(message.to[0]) or 1

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    with pytest.raises(KeyboardInterrupt):
        run(deliver)
    assert seen[0] == "shut-out@example.org"
    assert all(name.startswith("a") for name in seen[1:])


def test_one_that_waits_for_its_next_try_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.mail.EmailMessage.send", down(1))
    write("shut-out@example.org", urgent=True)
    write("b@example.org")
    assert run(deliver) == 1
    assert mail.outbox[0].to == ["b@example.org"]


@pytest.mark.parametrize("back", [timedelta(days=1), timedelta(days=400), timedelta(hours=2)])
def test_a_clock_that_was_turned_back_keeps_no_mail_back(back: timedelta) -> None:
    """Nothing is ever due later than the longest pause lasts (DU-07)."""
    start = clock.now()
    with clock.at(start):
        write("a@example.org")
    with clock.at(start - back):
        assert run(deliver) == 1
        assert run(deliver) == 0


def test_a_pause_is_kept_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.mail.EmailMessage.send", down())
    write("a@example.org")
    start = clock.now()
    Delivery.objects.update(attempts=8)  # so that the pause is the longest there is
    with clock.at(start):
        run(deliver)
        assert Delivery.objects.get().due_at == start + timedelta(hours=1)
        run(deliver)
    assert Delivery.objects.get().attempts == 9


def test_it_keeps_its_message_id_through_all_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    server = down(2)

    def send(message: Any) -> int:
        seen.append(message.extra_headers["Message-ID"])
        return server(message)

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    write("a@example.org")
    at = clock.now()
    for _ in range(3):
        with clock.at(at):
            run(deliver)
        at += timedelta(hours=1)
    assert len(seen) == 3
    assert set(seen) == {f"<{Delivery.objects.get().message_id}@loudou>"}
    assert Delivery.objects.get().sent_at is not None


def test_after_twelve_attempts_it_gives_up_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a@example.org")
    Delivery.objects.update(attempts=11)
    monkeypatch.setattr("django.core.mail.EmailMessage.send", down(1))
    assert run(deliver) == 0
    assert Delivery.objects.get().given_up_at is not None
    with clock.at(clock.now() + timedelta(days=1)):
        assert run(deliver) == 0
        write("b@example.org")
        assert run(deliver) == 1


def test_one_that_cannot_be_written_does_not_stop_the_others() -> None:
    write("a@example.org", "b@example.org")
    first = Delivery.objects.order_by("id").first()
    assert first is not None
    first.payload["subject"] = "two\nlines"
    first.save()
    assert run(deliver) == 1
    first.refresh_from_db()
    assert first.error.startswith("BadHeaderError")


def test_a_worker_that_dies_after_sending_sends_again_with_the_same_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("a@example.org")
    _unmarked(monkeypatch, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run(deliver)
    monkeypatch.undo()
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert run(deliver) == 1
    assert len(mail.outbox) == 2
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1


def test_while_the_disk_has_no_room_for_the_mark_nobody_is_flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job comes every ten seconds; what could not be marked as sent waits as after a failure."""
    write("a@example.org")
    _unmarked(monkeypatch, OperationalError)
    with pytest.raises(OperationalError):
        run(deliver)
    at = clock.now()
    for seconds in (10, 20, 30):
        with clock.at(at + timedelta(seconds=seconds)):
            assert run(deliver) == 0
    assert len(mail.outbox) == 1


def test_without_room_for_the_try_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a@example.org")

    def full(self: Delivery, *args: Any, **kwargs: Any) -> None:
        raise OperationalError("could not extend file")

    monkeypatch.setattr(Delivery, "save", full)
    with pytest.raises(OperationalError):
        run(deliver)
    assert mail.outbox == []


def _unmarked(monkeypatch: pytest.MonkeyPatch, problem: type[BaseException]) -> None:
    """Let it fail to write down that something was sent."""
    save = Delivery.save

    def fail(self: Delivery, *args: Any, **kwargs: Any) -> None:
        if "sent_at" in kwargs["update_fields"]:
            raise problem
        save(self, *args, **kwargs)

    monkeypatch.setattr(Delivery, "save", fail)
