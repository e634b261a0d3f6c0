"""One shopper now: decide from memory, and redeem what was promised."""
