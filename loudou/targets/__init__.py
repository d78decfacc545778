"""Targets of units and people: set, taken apart in time and among people, negotiated, adjusted, frozen by closed books."""
