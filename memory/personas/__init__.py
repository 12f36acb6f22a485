"""Made-up persons as package data (`mira.toml`)."""
