"""Pages of forms: the register, writing one, filling one in, what came in, what forms are worth."""
