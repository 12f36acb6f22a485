"""One module a screen. Each screen has four states: loading, empty, filled, failed."""
