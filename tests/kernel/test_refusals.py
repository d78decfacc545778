"""How an act says no."""

from __future__ import annotations

from loudou.kernel.refusals import Forbidden, Refused, Stale


def test_a_refusal_is_a_sentence_beside_a_field() -> None:
    refused = Refused("Say why.", field="reason")
    assert (refused.sentence, refused.field, str(refused)) == ("Say why.", "reason", "Say why.")
    assert isinstance(Forbidden("No."), Refused)


def test_a_stale_record_shows_both_values() -> None:
    stale = Stale("Look.", version=3, differences={"title": ("a", "b")})
    assert stale.version == 3
    assert stale.differences == {"title": ("a", "b")}
    assert stale.field == ""
