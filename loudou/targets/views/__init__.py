"""Pages of targets: one of them, setting and adjusting it, taking it apart."""
