"""Reading what steers."""
