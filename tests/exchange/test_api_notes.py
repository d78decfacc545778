"""A note that comes by the API reaches whom it names, as one written on the page does."""

from __future__ import annotations

from loudou.journal.models import Notice
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls


def test_who_is_named_in_the_text_hears_of_it(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    call = Calls(cast.chenan)
    sent = call.post(f"/deals/{deal.pk}/notes", {"text": "@吴敏 样件周四到", "mentioned": [cast.wumin.pk]})
    assert sent.status_code == 201
    assert sent.json()["mentioned"] == [cast.wumin.pk]
    by_login = call.post(f"/deals/{deal.pk}/notes", {"text": "请 @wumin 看一下"})
    assert by_login.json()["mentioned"] == [cast.wumin.pk]
    assert Notice.objects.filter(recipient=cast.wumin, entry__event="deal.noted").count() == 2
    assert call.post(f"/deals/{deal.pk}/notes", {"text": "样件周五到"}).json()["mentioned"] == []
