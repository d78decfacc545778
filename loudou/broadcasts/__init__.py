"""Reports that go out by themselves: mailed on a schedule, shown on a screen on the wall."""
