"""The only writer of history: append-only entries, chained by hashes, and the outbox that hangs on them."""
