"""Pages of deals and funnels: the board, lists, one deal, and the dialogs of everything that can be done to it."""
