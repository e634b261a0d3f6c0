"""The REST door: what web shops and their engineers call."""
