"""Few offers, well explained: ranking, attention, held back, why."""
