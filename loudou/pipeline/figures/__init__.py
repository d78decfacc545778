"""Arithmetic of deals: what follows from their moves, when a gate is open, what a change means."""
