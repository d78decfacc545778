"""Forms as governed things: proposed, justified, approved, issued, filled in, read, reviewed, changed or retired (C13)."""
