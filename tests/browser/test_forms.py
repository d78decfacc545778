"""A form on the phone: what hangs on an answer comes with it, is kept while it is typed, and is not sent without it."""

from __future__ import annotations

from playwright.sync_api import expect

from loudou.forms.figures.fields import Condition
from loudou.forms.models import FormRecord
from tests.browser.conftest import Site, overflow
from tests.forms.making import field, issued

LOST = Condition("result", "lost")
TRIAL = (
    field("result", "choice", "结果", choices=("won", "lost"), required=True),
    field("why", "long", "输在哪里", when=LOST, required=True),
    field("rival", "choice", "输给谁", choices=("known", "new"), when=LOST),
    field("name", "text", "新对手的名称", when=Condition("rival", "new")),
)


def test_a_question_comes_with_the_answer_it_hangs_on(site: Site) -> None:
    form, rep = issued(site.cast, "T1", name="试用登记", fields=TRIAL), site.cast.chenan
    page = site.page(rep, f"/forms/{form.pk}/fill/", phone=True)
    why, name = page.locator("[name=q-why]"), page.locator("[name=q-name]")
    expect(why).to_be_hidden()
    page.get_by_text("lost", exact=True).click()
    expect(why).to_be_visible()
    expect(name).to_be_hidden()
    page.get_by_text("new", exact=True).click()
    expect(name).to_be_visible()
    why.fill("交期晚了两周")
    name.fill("海天")
    page.reload()  # the draft brings its questions along
    expect(why).to_have_value("交期晚了两周")
    expect(name).to_be_visible()
    assert overflow(page) <= 0
    assert site.faults(page) == []
    page.get_by_text("won", exact=True).click()
    expect(why).to_be_hidden()
    expect(name).to_be_hidden()  # what it hangs on is not asked itself
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/forms/records/*/")
    made = FormRecord.objects.get(form=form)
    assert made.answers == {"result": "won", "why": None, "rival": None, "name": None}
