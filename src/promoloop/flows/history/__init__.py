"""What is known before anything is decided: events in, profiles, models, the audience."""
