"""The demo: twelve weeks on simulated answers, its figures and its page."""
