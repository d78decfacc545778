"""Funnels and the deals that climb them on evidence."""
