"""The doors for other programs: import, export, REST."""
