"""Time travel: a log of inputs, exact snapshots, and the session that every front end drives."""
