"""What outlives a process: snapshots, the append-only log, and the disk they are written to."""
