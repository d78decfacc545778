"""What no answer of the API ever has: password hashes, secrets, tokens, colleagues' mail and phones, masked fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from loudou.customers import verbs as customers
from loudou.people.models import User
from tests.cast import Cast
from tests.doors import PEOPLE, person
from tests.exchange.calling import Calls
from tests.exchange.test_api_doors import ROWS, World

_HASH = re.compile(r"^(pbkdf2_|md5\$|argon2|bcrypt|scrypt)|^[0-9a-f]{64}$")
_HASHES_MEANT = {"sha256", "chain", "content_hash"}  # fingerprints of files and of history: public by purpose


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of an answer with the name of its field."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    else:
        yield name, value


@pytest.fixture
def world(cast: Cast) -> World:
    """A world in which everybody has a mail address, a phone and a second factor."""
    for number, user in enumerate(cast.everybody.values()):
        user.email, user.phone = f"{user.username}@hengyuan.example", f"+86139000{number:05}"
        user.totp_secret = f"JBSWY3DPEHPK3PX{number:02}"
        user.save()
    world = World()
    customers.edit_contact(world.contact, by=None, email="xu@yongjiang.example", wechat="xumh1980")
    world.product.cost = Decimal("41234.56")
    world.product.save()
    world.request, world.evidence, world.competitor, world.import_run  # noqa: B018 - made by being named
    return world


@pytest.mark.parametrize("kind", list(PEOPLE)[1:])
def test_no_answer_says_more_than_it_should(kind: str, world: World) -> None:
    user = person(world.cast, kind)
    call = Calls(user)
    others = [other for other in User.objects.all() if other.pk != user.pk]
    forbidden = {other.email for other in others} | {other.phone for other in others}
    forbidden |= {other.password for other in others} | {user.password, call.secret, call.token.digest}
    forbidden |= {other.totp_secret for other in User.objects.all()}
    answered = 0
    for name, row in ROWS.items():
        method, path = name.split(" ")
        if method != "GET":
            continue
        response = call.get(
            path.format(**row.keys(world))
            + ("?limit=200" if path.count("{") == 0 and path not in ("/me",) else "")
        )
        if response.status_code != 200:
            continue
        answered += 1
        text = response.content.decode()
        assert not [secret for secret in forbidden if secret and secret in text], (kind, name)
        for field, value in leaves(response.json()):
            assert field not in ("password", "totp_secret", "digest", "token", "secret"), (kind, name, field)
            if isinstance(value, str) and field not in _HASHES_MEANT:
                assert not _HASH.search(value), (kind, name, field)
    assert answered > 8


@pytest.mark.parametrize(
    ("kind", "sees"),
    [
        ("owner", True),
        ("manager", True),
        ("operations", True),
        ("finance", False),
        ("control", False),
        ("auditor", False),
    ],
)
def test_phones_and_addresses_of_customers_are_masked_as_on_pages(
    kind: str, sees: bool, world: World
) -> None:
    call = Calls(person(world.cast, kind))
    for path in (
        *(f"/customers/{world.customer.pk}", "/customers", f"/contacts/{world.contact.pk}", "/contacts"),
        *(f"/deals/{world.deal.pk}", f"/deals/{world.deal.pk}/contacts", "/audit"),
    ):
        text = call.get(path).content.decode()
        for secret in ("13812345678", "13812345679", "xu@yongjiang.example", "xumh1980"):
            assert sees or secret not in text, (kind, path, secret)
    assert call.get(f"/contacts/{world.contact.pk}").json()["phone_is_masked"] is not sees


@pytest.mark.parametrize("kind", list(PEOPLE)[1:])
def test_costs_are_there_for_who_may_see_them(kind: str, world: World) -> None:
    call = Calls(person(world.cast, kind))
    sees = kind in ("manager", "director", "operations", "finance")
    for path in ("/products", f"/products/{world.product.pk}", "/audit"):
        assert ("41234.56" in call.get(path).content.decode()) == (sees and path != "/audit"), (kind, path)


def test_who_sees_no_cost_cannot_write_one(world: World) -> None:
    call = Calls(world.cast.gaoming)
    before = call.get(f"/products/{world.product.pk}").json()
    response = call.patch(f"/products/{world.product.pk}", {"version": before["version"], "cost": "1.00"})
    assert response.status_code == 403
    response = call.post("/products", {"name": "新品", "cost": "1.00"})
    assert response.status_code == 403
    world.product.refresh_from_db()
    assert world.product.cost == Decimal("41234.56")


def test_who_sees_a_masked_phone_cannot_write_over_it(world: World) -> None:
    for kind in ("control", "finance", "auditor"):
        call = Calls(person(world.cast, kind))
        version = call.get(f"/customers/{world.customer.pk}").json()["version"]
        response = call.patch(f"/customers/{world.customer.pk}", {"version": version, "phone": "13900000000"})
        assert response.status_code == 403
        version = call.get(f"/contacts/{world.contact.pk}").json()["version"]
        response = call.patch(f"/contacts/{world.contact.pk}", {"version": version, "email": "x@y.example"})
        assert response.status_code == 403


def test_looking_at_a_masked_phone_is_on_record(world: World) -> None:
    from loudou.journal.models import Entry

    call = Calls(world.cast.wangfang)
    assert call.post(f"/customers/{world.customer.pk}/reveal-phone").json() == {"phone": "+8613812345678"}
    assert Entry.objects.get(event="customer.phone_revealed").actor == world.cast.wangfang


def test_an_error_names_no_row_path_or_query(world: World) -> None:
    call = Calls(world.cast.chenan)
    for response in (
        call.get("/deals/999999"),
        call.post("/deals", {"title": "x", "customer": 999999}),
        call.send("POST", "/deals", "{"),
        call.send("DELETE", "/deals"),
        call.post(f"/deals/{world.deal.pk}/lose", {"reason": "nix", "review": "x"}),
    ):
        text = response.content.decode()
        for word in ("Traceback", "SELECT", "psycopg", "django", "/work", "site-packages", "pydantic"):
            assert word not in text
