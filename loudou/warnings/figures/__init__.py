"""Figures of early warnings: what announces what, how a warning ends, and how many came in time."""
