"""This room keeps nothing yet."""
