"""When tasks are due, on plain values."""
