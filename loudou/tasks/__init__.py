"""Tasks: what somebody has to do by when, about a deal, a customer or nothing, and where it came from."""
