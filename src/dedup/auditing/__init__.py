"""What a sample of texts tells about settings, without labels."""
