"""Arithmetic about problems that come again."""
