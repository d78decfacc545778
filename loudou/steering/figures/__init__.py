"""Arithmetic of steering: from a target back to what it takes."""
