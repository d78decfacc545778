"""Everyone, every day, everything (3E): day logs from both sides, their comparison, spot checks, support, absences."""
