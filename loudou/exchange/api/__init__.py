"""The REST door: the same nouns, verbs and rules as the pages, for other programs (`docs/api.md`)."""
