"""Reading forms, what is handed in on them, and what they are worth."""
