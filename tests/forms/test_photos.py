"""Photos that are handed in with a form: kept with its edition, part of what is signed, gone where it is refused."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loudou.forms import verbs
from loudou.forms.figures.fields import Wrong, checked, shown
from loudou.forms.models import Form, FormFile, FormRecord
from loudou.forms.papers import record_paper
from loudou.forms.verbs import Filled
from loudou.kernel.refusals import Refused
from loudou.ui import disk, uploads
from tests.cast import Cast
from tests.doors import enter
from tests.forms.making import MARKET, PICTURE, field, filled, issued
from tests.make import day

DIGEST = "a" * 64
TEXT = "甬江机电月底扩产，正在找两家供应商比价"


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    """Other tests write files at the same time: these are counted apart."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def form(cast: Cast) -> Form:
    return issued(cast, "M8", fields=[*MARKET, field("photo", "photo", "照片", required=True)])


def photo(name: str = "现场.png") -> uploads.Received:
    return uploads.receive(SimpleUploadedFile(name, PICTURE), folder="forms")


def on_disk() -> int:
    return sum(1 for _file in Path(settings.MEDIA_ROOT).glob("forms/*/*/*"))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (None, []),
        ([{"name": "a.png", "sha256": DIGEST}], [{"name": "a.png", "sha256": DIGEST}]),
        ({"name": "a.png", "sha256": DIGEST}, [{"name": "a.png", "sha256": DIGEST}]),
        ("a.png", None),
        ([{"name": "a.png", "sha256": "x"}], None),
        ([{"name": 1, "sha256": DIGEST}], None),
        ([{"name": "a.png", "sha256": DIGEST}] * 7, None),
    ],
)
def test_an_answer_names_photos_and_their_digests(raw: Any, kept: Any) -> None:
    asked = field("photo", "photo")
    if kept is None:
        with pytest.raises(Wrong):
            checked(asked, raw, today=day("2026-04-15"))
        return
    assert checked(asked, raw, today=day("2026-04-15")) == kept
    assert shown(asked, kept) == "、".join(one["name"] for one in kept)


def test_they_hang_on_the_edition_they_came_with_and_stay_through_corrections(cast: Cast, form: Form) -> None:
    made = filled(form, cast.chenan, photo=[photo()])
    file = made.files.get()
    assert made.answers["photo"] == [{"name": "现场.png", "sha256": file.sha256}]
    assert (file.field, file.kind) == ("photo", "image/png")
    assert ("照片", "现场.png") in record_paper(made, by=cast.chenan).tables[0].groups[0].rows
    said = {"market": TEXT + "，三家"}
    again = verbs.correct_record(made, Filled(said), reason="补充", by=cast.chenan)
    assert again.answers["photo"] == made.answers["photo"] and not again.files.exists()
    last = verbs.correct_record(
        again, Filled({**said, "photo": [photo("另一张.png")]}), reason="换照片", by=cast.chenan
    )
    assert [one["name"] for one in last.answers["photo"]] == ["另一张.png"]


def test_what_is_no_picture_or_no_file_of_ours_is_refused(cast: Cast, form: Form) -> None:
    text = uploads.receive(SimpleUploadedFile("纪要.txt", "会议".encode()), folder="forms")
    for given in ([text], [{"name": "a.png", "sha256": DIGEST}], None):
        with pytest.raises(Refused) as refusal:
            filled(form, cast.chenan, photo=given)
        assert refusal.value.field == "photo"
    assert not FormRecord.objects.exists()


def test_a_photo_is_handed_in_by_the_page_and_seen_by_who_sees_the_record(cast: Cast, form: Form) -> None:
    client, before = enter(Client(), cast.chenan), on_disk()
    page = client.get(f"/forms/{form.pk}/fill/").content.decode()
    assert 'type="file"' in page and "multipart/form-data" in page
    sent: dict[str, Any] = {"q-market": TEXT, "key": "k1"}
    bare = client.post(f"/forms/{form.pk}/fill/", sent)
    assert bare.status_code == 422 and on_disk() == before
    wrong = SimpleUploadedFile("纪要.txt", "会议".encode())
    assert client.post(f"/forms/{form.pk}/fill/", {**sent, "q-photo": [wrong]}).status_code == 422
    assert on_disk() == before
    for _time in range(2):
        picture = SimpleUploadedFile("现场.png", PICTURE)
        done = client.post(f"/forms/{form.pk}/fill/", {**sent, "q-photo": [picture]})
        assert done.status_code == 302
    file = FormFile.objects.get()
    assert on_disk() == before + 1  # sent twice it is there once, on the disk as well
    assert f"/forms/files/{file.pk}/" in client.get(done["Location"]).content.decode()
    shown_ = client.get(f"/forms/files/{file.pk}/")
    assert shown_["Content-Type"] == "image/png" and b"".join(shown_.streaming_content) == PICTURE  # type: ignore[attr-defined]
    uploads.discard(file.stored_as)
    assert client.get(f"/forms/files/{file.pk}/").status_code == 404
    corrected = client.post(
        f"/forms/records/{file.record_id}/correct/",
        {"q-market": TEXT + "，三家", "reason": "补充", "version": file.record.version},
    )
    assert corrected.status_code == 302


def test_on_a_full_disk_nothing_of_the_form_is_kept_and_the_question_says_so(
    cast: Cast, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for the first photo and none for the second: neither stays, and what was written can be sent again (DU-05)."""
    client, written = enter(Client(), cast.chenan), []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        pictures = [SimpleUploadedFile(name, PICTURE) for name in ("一.png", "二.png")]
        refused = client.post(f"/forms/{form.pk}/fill/", {"q-market": TEXT, "key": "k1", "q-photo": pictures})
    page = refused.content.decode()
    assert (refused.status_code, len(written)) == (422, 2)
    assert str(disk.sentence()) in page and TEXT in page
    assert not FormRecord.objects.exists() and not FormFile.objects.exists() and on_disk() == 0
    again = [SimpleUploadedFile(name, PICTURE) for name in ("一.png", "二.png")]
    sent = client.post(f"/forms/{form.pk}/fill/", {"q-market": TEXT, "key": "k1", "q-photo": again})
    assert (sent.status_code, FormFile.objects.count(), on_disk()) == (302, 2, 2)
