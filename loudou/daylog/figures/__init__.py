"""Arithmetic of days: plain values in and out."""
