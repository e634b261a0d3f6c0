"""Public contract suites and fakes; never imported by production."""
