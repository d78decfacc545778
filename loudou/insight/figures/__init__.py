"""What the funnel tells, on plain values."""
