"""Results as tables on a terminal and as JSON."""
