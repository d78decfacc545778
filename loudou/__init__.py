"""Loudou 漏斗: sales management whose deals climb a funnel on evidence."""

__version__ = "0.1.0"
