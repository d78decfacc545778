"""Pages of mailed reports and of screens."""
