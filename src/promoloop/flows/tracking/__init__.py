"""Links of messages on the shop's own domain: where they lead, and that they were followed."""
