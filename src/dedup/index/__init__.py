"""A persistent index of texts that were seen."""
