"""The shape of what people enter about field work."""
