"""Where arrays lie."""
