"""Pages of day logs: writing one, the board, the control desk, spot checks, items, absences."""
