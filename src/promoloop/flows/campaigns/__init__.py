"""The life of a campaign: proposed, approved, run, and what it is expected to bring."""
