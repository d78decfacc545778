"""Pages of packs and meetings."""
