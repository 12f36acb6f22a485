"""One need, many companies: talks in rounds, offers in one canonical form."""
