"""Signatures with opinions: asking for one, giving it, sending back. On anything; what it permits is the asking room's."""
