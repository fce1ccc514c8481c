"""How two texts are compared: their numbers, and what makes a near copy other news."""
