"""Where an index keeps what it has."""
