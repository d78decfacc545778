"""The secret key is made once, whole, and for its owner."""

from __future__ import annotations

from pathlib import Path

from loudou.launch import secret


def test_it_is_made_once_and_former_ones_are_still_read(tmp_path: Path) -> None:
    first = secret.key(tmp_path)
    assert len(first) > 64 and secret.key(tmp_path) == first
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]
    (tmp_path / "secret.key").write_text(f"another\n{first}\n")
    assert (secret.key(tmp_path), secret.former_keys(tmp_path)) == ("another", [first])


def test_a_file_that_a_loss_of_power_left_empty_is_filled(tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch()
    made = secret.key(tmp_path)
    assert len(made) > 64 and secret.key(tmp_path) == made
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
