"""Where files belong, how they are written, and what a person prefers. Knows no Qt."""
