"""Reading early warnings: which deals to look at, what stands, what each person is shown, what was prevented."""
