"""Arithmetic about walks, and what a text says of the market."""
