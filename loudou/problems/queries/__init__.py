"""Reading problems and rules."""
