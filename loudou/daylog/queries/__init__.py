"""Reading days: who owes what on which day, both logs beside each other, counts for the boards."""
