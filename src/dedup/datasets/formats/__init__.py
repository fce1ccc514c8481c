"""Record formats: JSON Lines, JSON arrays, CSV, Parquet, Arrow, WARC, and text files."""
