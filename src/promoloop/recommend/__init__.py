"""Candidates: which products and offers are worth considering for a shopper."""
