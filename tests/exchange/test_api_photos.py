"""Photos over the API: in the JSON itself, checked as those of a page are, gone where they are refused."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from loudou.fieldwork.models import VisitFile
from loudou.forms.models import FormFile
from tests.cast import Cast
from tests.exchange.calling import Calls, problem
from tests.forms.making import MARKET, PICTURE, field, issued
from tests.world import World

TEXT = "甬江机电月底扩产，正在找两家供应商比价"
PHOTO = {"name": "现场.png", "content": base64.b64encode(PICTURE).decode()}


def on_disk(folder: str) -> int:
    return sum(1 for _file in Path(settings.MEDIA_ROOT).glob(f"{folder}/*/*/*"))


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    """Other tests write files at the same time: these are counted apart."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def calls(cast: Cast) -> Calls:
    return Calls(cast.chenan)


def test_a_visit_is_recorded_with_photos_once(db: None, calls: Calls) -> None:
    visit = World().visit_made
    said = {"key": "k1", "people": [{"name": "许明华"}], "results": ["预算已批"], "files": [PHOTO]}
    before = on_disk("visits")
    first = calls.post(f"/visits/{visit.pk}/record", said)
    assert first.status_code == 201
    (file,) = first.json()["record"]["files"]
    kept = VisitFile.objects.get()
    assert file == {"name": "现场.png", "kind": "image/png", "size": kept.size, "sha256": kept.sha256}
    assert calls.post(f"/visits/{visit.pk}/record", said).status_code == 201
    assert on_disk("visits") == before + 1


@pytest.mark.parametrize(
    "file",
    [
        {"name": "现场.png", "content": "kein base64!"},
        {"name": "现场.png", "content": base64.b64encode(b"<script>").decode()},
        {"name": "现场.exe", "content": PHOTO["content"]},
    ],
)
def test_what_is_no_photo_is_refused_and_leaves_nothing(db: None, calls: Calls, file: Any) -> None:
    visit, before = World().visit_made, on_disk("visits")
    said = {"people": [{"name": "许明华"}], "results": ["预算已批"], "files": [PHOTO, file]}
    refused = calls.post(f"/visits/{visit.pk}/record", said)
    assert list(problem(refused, 422, "")["fields"]) == ["files"]
    assert on_disk("visits") == before


def test_a_form_is_handed_in_and_corrected_with_photos(cast: Cast, calls: Calls) -> None:
    photo = field("photo", "photo", "照片", required=True)
    form = issued(cast, "M8", fields=[*MARKET, photo])
    sent = {"form": form.code, "key": "k1", "answers": {"market": TEXT, "photo": [PHOTO]}}
    made = calls.post("/form-records", sent)
    assert made.status_code == 201
    first = FormFile.objects.get()
    assert made.json()["answers"]["photo"] == [{"name": "现场.png", "sha256": first.sha256}]
    other = {"name": "细节.png", "content": PHOTO["content"]}
    changed = {
        "version": made.json()["version"],
        "reason": "换了一张",
        "answers": {"market": TEXT, "photo": [other]},
    }
    corrected = calls.post(f"/form-records/{made.json()['id']}/correct", changed)
    assert corrected.status_code == 201
    assert [one["name"] for one in corrected.json()["answers"]["photo"]] == ["细节.png"]


def test_a_photo_for_a_question_that_wants_none_is_refused(cast: Cast, calls: Calls) -> None:
    form = issued(cast, "M8", fields=MARKET)
    sent = {"form": form.code, "answers": {"market": [PHOTO]}}
    assert list(problem(calls.post("/form-records", sent), 422, "")["fields"]) == ["market"]
    assert not FormFile.objects.exists()
