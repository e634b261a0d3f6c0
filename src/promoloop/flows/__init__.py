"""The use cases: the only place that knows the order."""
