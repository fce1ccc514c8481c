"""What a person or another program is told about a cleaned document."""
