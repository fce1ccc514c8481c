"""How two texts are compared: their numbers, and what makes a near copy a numeric variant."""
