"""Keeping a set of filters under a name."""

from __future__ import annotations

import pytest
from django.test import Client

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs
from loudou.people.models import SavedView
from loudou.people.queries import saved_views
from loudou.people.verbs.saved_views import MOST_VIEWS
from tests.cast import Cast

PAGE = "pipeline:list"


def test_a_view_is_kept_without_where_one_was_in_the_list(cast: Cast) -> None:
    view = verbs.save_view(page=PAGE, name=" 到期的 ", query="?sort=due&after=abc", by=cast.chenan)
    assert (view.name, view.query) == ("到期的", "sort=due")
    assert Entry.objects.get(event="view.saved").actor == cast.chenan


def test_a_name_that_is_there_gets_the_new_looks(cast: Cast) -> None:
    verbs.save_view(page=PAGE, name="我的", query="sort=due", by=cast.chenan)
    verbs.save_view(page=PAGE, name="我的", query="sort=amount", by=cast.chenan)
    assert [view.query for view in SavedView.objects.all()] == ["sort=amount"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"page": "nowhere:list"}, ""),
        ({"name": "  "}, "name"),
        ({"query": "q=" + "x" * 1001}, "name"),
    ],
)
def test_what_cannot_be_kept_is_refused(cast: Cast, given: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.save_view(**{"page": PAGE, "name": "我的", "query": "", **given}, by=cast.chenan)
    assert refusal.value.field == field


def test_nobody_keeps_views_without_end(cast: Cast) -> None:
    for number in range(MOST_VIEWS):
        verbs.save_view(page=PAGE, name=str(number), query="", by=cast.chenan)
    with pytest.raises(Refused):
        verbs.save_view(page=PAGE, name="太多", query="", by=cast.chenan)


def test_a_shared_view_is_there_for_the_unit_and_what_is_below_it(cast: Cast) -> None:
    verbs.save_view(page=PAGE, name="中心的", query="sort=due", by=cast.heli, shared=True)
    verbs.save_view(page=PAGE, name="自己的", query="", by=cast.heli)
    assert [view.name for view in saved_views(cast.chenan, PAGE)] == ["中心的"]
    assert saved_views(cast.maxiao, PAGE) == []
    assert {view.name for view in saved_views(cast.heli, PAGE)} == {"中心的", "自己的"}


def test_it_is_renamed_shared_and_removed_by_its_owner_alone(cast: Cast) -> None:
    view = verbs.save_view(page=PAGE, name="旧", query="", by=cast.chenan)
    renamed = verbs.edit_view(view, name="新", shared=True, by=cast.chenan, version=view.version)
    assert (renamed.name, renamed.shared_with) == ("新", cast.chenan.unit)
    with pytest.raises(Forbidden):
        verbs.edit_view(view, name="我的", shared=False, by=cast.lina)
    with pytest.raises(Forbidden):
        verbs.remove_view(view, by=cast.lina)
    verbs.remove_view(view, by=cast.chenan)
    assert not SavedView.objects.exists()


def test_two_views_of_one_name_are_refused(cast: Cast) -> None:
    verbs.save_view(page=PAGE, name="一", query="", by=cast.chenan)
    other = verbs.save_view(page=PAGE, name="二", query="", by=cast.chenan)
    with pytest.raises(Refused) as refusal:
        verbs.edit_view(other, name="一", shared=False, by=cast.chenan)
    assert refusal.value.field == "name"


def test_the_dialogs_keep_change_and_remove_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.chenan)
    kept = client.post("/views/save/", {"page": PAGE, "query": "sort=due", "name": "到期", "shared": "on"})
    assert (kept.status_code, kept["Location"]) == (302, "/deals/?sort=due")
    view = SavedView.objects.get()
    refused = client.post(f"/views/{view.pk}/", {"name": "", "version": view.version})
    assert refused.status_code == 422
    changed = client.post(f"/views/{view.pk}/", {"name": "快到期", "version": view.version})
    assert changed.status_code == 302
    view.refresh_from_db()
    assert (view.name, view.shared_with) == ("快到期", None)
    client.post(f"/views/{view.pk}/remove/")
    assert not SavedView.objects.exists()


def test_a_page_that_does_not_exist_is_refused_in_the_dialog(cast: Cast, client: Client) -> None:
    client.force_login(cast.chenan)
    assert client.post("/views/save/", {"page": "x", "query": "", "name": "到期"}).status_code == 422


def test_the_view_that_is_on_is_named(cast: Cast, client: Client) -> None:
    from tests.doors import enter

    verbs.save_view(page=PAGE, name="到期 <b>", query="sort=due", by=cast.chenan)
    enter(client, cast.chenan)

    def named(query: str) -> str:
        asked = {"page": PAGE, "query": query, "named": "1"}
        return client.get("/views/", asked, headers={"HX-Request": "true"}).content.decode()

    assert named("sort=due") == "到期 &lt;b&gt;"
    assert named("sort=amount") == ""
    assert "named=1" in client.get("/deals/?sort=due").content.decode()
    assert "named=1" not in client.get("/deals/").content.decode()


def test_out_of_the_dialog_one_comes_to_the_page_itself(cast: Cast, client: Client) -> None:
    """A redirect would be followed by the request of the dialog, and the whole page would stand in it."""
    from tests.doors import enter

    enter(client, cast.chenan)
    sent = {"page": PAGE, "query": "sort=due", "name": "到期的"}
    answer = client.post("/views/save/", sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/deals/?sort=due")
    view = SavedView.objects.get()
    changed = {"name": "到期", "version": str(view.version)}
    answer = client.post(f"/views/{view.pk}/", changed, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/deals/?sort=due")
    assert "已保存" in client.get("/deals/").content.decode()
    assert client.post(f"/views/{view.pk}/remove/").headers["Location"] == "/deals/"
