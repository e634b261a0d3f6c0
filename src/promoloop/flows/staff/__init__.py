"""The people who run the shop: who may do what in the console, and what they did."""
