"""What holds when something else gives way: rights that cannot be looked up, files for any door, floods of fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, transaction
from django.test import Client
from django.urls import reverse

from loudou.journal import record
from loudou.journal.models import Entry
from loudou.people import access
from loudou.pipeline.models import Deal
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.security.crawl import DOORS, WALKERS, all_forms, client_of
from tests.world import World

# What no door takes, whatever it is for: programs, pages, pictures that run, and such that call themselves otherwise.
UNFIT = {
    "shell.php": b"<?php system($_GET['c']); ?>",
    "seite.html": b"<!doctype html><script>alert(1)</script>",
    "bild.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "bild.png": b"<html><script>alert(1)</script>",
    "vertrag.pdf": b"%PDF-1.7\n<script>alert(1)</script>\n",
    "liste.xlsx": b"MZ\x90\x00\x03",
    ".htaccess": b"AddType application/x-httpd-php .png",
}


def test_where_rights_cannot_be_looked_up_nobody_gets_in(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database fails in the midst of it: refused with 503, never let through (AC-22)."""
    world, tried, let_in = World(), 0, []
    by_key = {"broadcasts:unsubscribe"}  # whoever has the link in a mail needs no right
    client = enter(Client(raise_request_exception=False), cast.chenan)
    open_to = [door for door in DOORS if door.row()["owner"] == 200 and door.name not in by_key]
    asked = [(door, reverse(door.name, args=door.args(world)), door.data(world)) for door in open_to]
    about_one = [one for one in asked if any(char.isdigit() for char in one[1])]
    before = list(Deal.objects.order_by("pk").values_list("pk", "outcome", "version"))

    def away(*_args: Any, **_more: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(access, "reach", away)
    for door, address, values in about_one:
        mark = transaction.savepoint()
        send = client.post if door.method == "POST" else client.get
        answer = send(address + door.query, values)
        transaction.savepoint_rollback(mark)
        tried += answer.status_code == 503
        if answer.status_code not in (503, 404):
            let_in.append((door.name, answer.status_code))
    assert let_in == []
    assert tried > 40
    assert list(Deal.objects.order_by("pk").values_list("pk", "outcome", "version")) == before


def test_what_cannot_be_written_down_does_not_happen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """History has no room or is locked: the act is undone and its author told so, never done in silence (AD-05)."""
    call, entries = Calls(cast.chenan), Entry.objects.count()

    def away(*_args: Any) -> None:
        raise OperationalError("could not extend file: No space left on device")

    with monkeypatch.context() as history:
        history.setattr(record, "put_lines", away)
        assert call.post("/deals", {"title": "柔性产线"}).status_code in (503, 507)
    assert (Deal.objects.count(), Entry.objects.count()) == (0, entries)
    assert call.post("/deals", {"title": "柔性产线"}).status_code == 201
    assert Entry.objects.count() > entries


def test_a_right_that_nobody_knows_is_no_right(cast: Cast) -> None:
    with pytest.raises(KeyError):
        access.may(cast.chenan, "deals.everything")


def test_no_door_takes_a_file_that_another_refuses(db: None, settings: Any, tmp_path: Path) -> None:
    """Every form with a field for a file, with the same unfit files (FI-04)."""
    settings.MEDIA_ROOT = tmp_path
    forms = [
        form for form in all_forms(World()) if any(kind == "file" for _name, kind, _value in form.fields)
    ]
    clients = {who: client_of(who) for who in WALKERS}
    there = {path for path in tmp_path.rglob("*") if path.is_file()}
    for form in forms:
        for name, kind, _value in form.fields:
            for called, content in UNFIT.items() if kind == "file" else ():
                mark = transaction.savepoint()
                values = {**form.values(), name: SimpleUploadedFile(called, content)}
                status = clients[form.who].post(form.action, values).status_code
                transaction.savepoint_rollback(mark)
                assert status < 500, (form.name, called)
                left = {path for path in tmp_path.rglob("*") if path.is_file()} - there
                assert not left, (form.name, name, called)
    assert len({form.name for form in forms}) > 5


def test_a_flood_of_fields_and_parts_is_refused_at_the_door(cast: Cast) -> None:
    """(FI-05)"""
    client = enter(Client(raise_request_exception=False), cast.chenan)
    many = {f"f{number}": "x" for number in range(10_000)}
    for kind in ("application/x-www-form-urlencoded", None):
        body = "&".join(f"{name}=x" for name in many)
        more = {"data": body, "content_type": kind} if kind else {"data": many}
        assert client.post("/customers/add/", **more).status_code == 400


def test_a_password_of_a_megabyte_is_not_hashed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """(OV-09)"""
    hashed: list[int] = []
    whole = hashers.verify_password

    def verify(password: str, *args: Any, **more: Any) -> Any:
        hashed.append(len(password or ""))
        return whole(password, *args, **more)

    monkeypatch.setattr(hashers, "verify_password", verify)
    client = Client()
    for password in ("x" * 1_000_000, "x" * 4_000):
        answer = client.post("/login/", {"username": "chenan", "password": password})
        assert answer.status_code in (400, 422)
    assert all(length <= 1024 for length in hashed)
