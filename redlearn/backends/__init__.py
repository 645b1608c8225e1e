"""Real servers, reached over TCP."""
