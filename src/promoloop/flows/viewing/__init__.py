"""Look at what was stored without reading it whole: counts, newest entries, one person's rows."""
