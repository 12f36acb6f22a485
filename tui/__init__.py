"""Shows and asks: the terminal UI, the command line and the wording for people."""
