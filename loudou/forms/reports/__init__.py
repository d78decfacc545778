"""What forms cost and give, and where the process has none."""
