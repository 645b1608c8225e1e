"""The server: sockets round an engine, so that real clients can talk to it."""
