"""Pages of the forecast cycle, and what their numbers open to."""
