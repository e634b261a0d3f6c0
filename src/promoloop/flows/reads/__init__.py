"""Narrow reads of the stores, for pages that must not read whole tables."""
