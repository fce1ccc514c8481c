"""Results that later versions must give, too, and how they are computed."""
