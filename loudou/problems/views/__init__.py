"""Pages of problems and rules."""
