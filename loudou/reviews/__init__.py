"""Looking back together: reports and packs of periods as they were handed in, weekly meetings and what comes of them."""
