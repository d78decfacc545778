"""History that the database protects, and the proof that nobody touched it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from loudou.journal import verify as module
from loudou.journal.models import Entry
from loudou.journal.tasks import remember_head
from loudou.journal.verify import anchor, prove, verify
from loudou.kernel.refusals import Refused
from tests import make
from tests.cast import Cast
from tests.jobs import run


@pytest.fixture
def entries(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of a chain with something in it, and anchors of its own."""
    monkeypatch.setattr(module, "_anchor_file", lambda: tmp_path / "anchors")
    for number in range(5):
        make.deal(cast.chenan, title=f"商机 {number}")
    return list(Entry.objects.order_by("id").values_list("pk", flat=True))


@pytest.fixture
def tampering(entries: list[int]) -> Iterator[None]:
    """As somebody who is master of the database and switches its guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        yield
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def verdict() -> tuple[int | None, str]:
    found = verify()
    return found.bad_id, found.fault


# Guards ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET event = 'x' WHERE id = 1",
        "DELETE FROM journal_entry WHERE id = 1",
        "TRUNCATE journal_entry CASCADE",
    ],
)
def test_the_database_refuses_to_change_or_delete(entries: list[int], statement: str) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="history cannot be changed"), transaction.atomic():
        sql(statement)
    assert verify().good


def test_numbers_have_no_gap_even_where_an_act_was_undone(entries: list[int], cast: Cast) -> None:
    with pytest.raises(Refused), transaction.atomic():
        _open_and_fail(cast)
    make.deal(cast.chenan)
    numbers = list(Entry.objects.order_by("id").values_list("pk", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def _open_and_fail(cast: Cast) -> None:
    make.deal(cast.chenan, code="A-1")
    make.deal(cast.chenan, code="A-1")


def test_nobody_chooses_a_number_or_a_hash(entries: list[int]) -> None:
    Entry.objects.bulk_create(
        [
            Entry(
                pk=99_999,
                at=Entry.objects.latest("id").at,
                event="forged",
                subject_type="x",
                subject_label="x",
                request_id="00000000-0000-0000-0000-000000000000",
                channel="web",
                hash=b"x",
                digest=b"x",
            )
        ]
    )
    assert Entry.objects.latest("id").pk == entries[-1] + 1
    assert verify().good


# Proofs ----------------------------------------------------------------------------------------------------------


def test_an_untouched_chain_is_good_and_counted(entries: list[int]) -> None:
    found = verify()
    assert (found.good, found.rows) == (True, len(entries))


def test_an_empty_one_too(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_anchor_file", lambda: tmp_path / "anchors")
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE journal_entry DISABLE TRIGGER USER")
    sql("DELETE FROM journal_notice")
    sql("DELETE FROM journal_entry")
    assert (verify().good, verify().rows, anchor()) == (True, 0, "")
    sql("ALTER TABLE journal_entry ENABLE TRIGGER USER")


@pytest.mark.parametrize("step", [1, 2, 50_000])
@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "event = 'deal.won'",
        "actor_id = NULL",
        "subject_id = subject_id + 1",
        "subject_label = 'x'",
        """particulars = '{"amount": "1"}'""",
        "request_id = '00000000-0000-0000-0000-000000000000'",
        "channel = 'x'",
        "digest = 'x'",
    ],
)
def test_a_changed_row_is_named(
    entries: list[int], tampering: None, monkeypatch: pytest.MonkeyPatch, change: str, step: int
) -> None:
    monkeypatch.setattr(module, "_STEP", step)
    sql(f"UPDATE journal_entry SET {change} WHERE id = %s", entries[-3])
    assert verdict() == (entries[-3], "content")


def test_a_rehashed_row_breaks_the_chain_after_it(entries: list[int], tampering: None) -> None:
    sql("UPDATE journal_entry SET subject_label = 'x' WHERE id = %s", entries[-3])
    sql("UPDATE journal_entry e SET digest = journal_digest(e) WHERE id = %s", entries[-3])
    assert verdict() == (entries[-3], "chain")
    sql(
        "UPDATE journal_entry e SET hash = journal_link((SELECT hash FROM journal_entry WHERE id = e.id - 1), id, digest)"
        " WHERE id = %s",
        entries[-3],
    )
    assert verdict() == (entries[-2], "chain")


def test_swapped_rows_are_named(entries: list[int], tampering: None) -> None:
    sql("DELETE FROM journal_notice")
    first, second = entries[-3], entries[-2]
    for statement in (
        f"UPDATE journal_entry SET id = -1 WHERE id = {first}",
        f"UPDATE journal_entry SET id = {first} WHERE id = {second}",
        f"UPDATE journal_entry SET id = {second} WHERE id = -1",
    ):
        sql(statement)
    assert verdict() == (first, "chain")


def test_an_inserted_row_is_named(entries: list[int], tampering: None) -> None:
    columns = "at, event, actor_id, subject_type, subject_id, subject_label, particulars, request_id, channel"
    sql(
        f"INSERT INTO journal_entry (id, {columns}, digest, hash)"
        f" SELECT %s, {columns}, digest, hash FROM journal_entry WHERE id = %s",
        entries[-1] + 1,
        entries[-1],
    )
    assert verdict() == (entries[-1] + 1, "chain")


def test_a_gap_is_named_by_the_row_behind_it(entries: list[int], tampering: None) -> None:
    sql("DELETE FROM journal_notice")
    sql("DELETE FROM journal_entry WHERE id = %s", entries[-3])
    assert verdict() == (entries[-2], "gap")


def test_the_first_row_is_missed_too(entries: list[int], tampering: None) -> None:
    sql("DELETE FROM journal_notice")
    sql("DELETE FROM journal_entry WHERE id = %s", entries[0])
    assert verdict() == (entries[1], "gap")


def test_a_tail_cut_off_is_seen_by_the_anchor_outside(entries: list[int], tampering: None) -> None:
    assert run(remember_head).startswith(f"{entries[-1]} ")
    sql("DELETE FROM journal_notice")
    sql("DELETE FROM journal_entry WHERE id = %s", entries[-1])
    assert verdict() == (entries[-1], "anchor")


@pytest.mark.parametrize("cut", ["the last row", "all rows"])
def test_what_is_cut_off_after_a_proof_is_seen_by_the_next(
    entries: list[int], tampering: None, cut: str
) -> None:
    assert prove().good
    sql("DELETE FROM journal_notice")
    sql("DELETE FROM journal_entry WHERE id >= %s", entries[-1] if cut == "the last row" else 0)
    assert (prove().bad_id, verify().fault) == (entries[-1], "anchor")


def test_a_history_written_anew_is_seen_by_the_anchor_outside(entries: list[int], tampering: None) -> None:
    anchor()
    sql("UPDATE journal_entry SET subject_label = 'x' WHERE id = %s", entries[-1])
    sql("UPDATE journal_entry e SET digest = journal_digest(e) WHERE id = %s", entries[-1])
    sql(
        "UPDATE journal_entry e SET hash = journal_link((SELECT hash FROM journal_entry WHERE id = e.id - 1), id, digest)"
        " WHERE id = %s",
        entries[-1],
    )
    assert verdict() == (entries[-1], "anchor")


def test_half_a_line_that_a_full_disk_left_remembers_nothing(
    entries: list[int], cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "anchors"
    whole = anchor()
    file.write_text(f"{whole}\n{whole[:30]}")
    assert verify().good
    make.deal(cast.chenan)
    again = anchor()
    assert file.read_text() == f"{whole}\n{again}\n"
    assert verify().good


@pytest.mark.parametrize("line", ["", "nonsense", "0 00 x", "漏", "9" * 30 + f" {'0' * 64} x"])
def test_an_anchor_that_was_overwritten_is_seen(entries: list[int], tmp_path: Path, line: str) -> None:
    whole = anchor()
    (tmp_path / "anchors").write_text(f"{whole}\n{line}\n")
    assert verdict() == (entries[-1] + 1, "anchor")


def test_anchors_grow_line_by_line_and_are_nobody_elses_to_read(
    entries: list[int], cast: Cast, tmp_path: Path
) -> None:
    anchor()
    make.deal(cast.chenan)
    anchor()
    file = tmp_path / "anchors"
    assert [int(line.split()[0]) for line in file.read_text().splitlines()] == [entries[-1], entries[-1] + 1]
    assert file.stat().st_mode & 0o777 == 0o600
    assert verify().good
