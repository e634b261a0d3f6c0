"""What a campaign brought: weeks closed, arms compared, guardrails held."""
