"""Tasks over HTTP: lists, panels, acts."""
