"""Arithmetic of field work: which records are valid, which count, how long ago the last contact was."""
