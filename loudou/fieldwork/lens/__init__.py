"""What a person is looking at among field work."""
