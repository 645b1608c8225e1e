"""One module per TYPE: which structure holds the value, and when it changes to another."""
