"""What a text is made of: Unicode tables, packed texts, blocks, lines."""
