"""Reports of this room."""
