"""One week decided, and any decision of it explained and made again."""
