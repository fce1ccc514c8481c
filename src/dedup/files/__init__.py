"""Files and streams: read as bytes, decoded, and written atomically."""
