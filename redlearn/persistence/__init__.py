"""What outlives a process: snapshots, the append-only log, and the disk they are written to.

    opcodes       the numbers that a snapshot file is divided by
    rdb_write     data -> a snapshot file
    rdb_read      a snapshot file -> data, all of it or nothing
    snapshot      the same file while commands go on
    rdb_check     a file looked through without loading it
    rdb_records   a snapshot file -> what its bytes mean, piece by piece, for a reader's eyes
    disk          what a disk can do, and how it loses what it was not made to keep

What reads and writes formats takes bytes and gives bytes; files are opened by disks alone.
"""
