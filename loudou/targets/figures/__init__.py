"""Arithmetic of targets: taking them apart, and how far they are."""
