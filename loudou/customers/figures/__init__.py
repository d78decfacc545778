"""Arithmetic on codes, names and numbers of customers."""
