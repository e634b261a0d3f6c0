"""Shoppers with known truth."""
