"""What the person wants, what it is worth to them, and what they pay today."""
