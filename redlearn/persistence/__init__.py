"""What outlives a process: snapshots, the append-only log, and the disk they are written to.

    snapshots     RDB          opcodes        the numbers that divide a file
                               rdb_write      data -> a file
                               rdb_read       a file -> data, all of it or nothing
                               rdb_records    a file -> what its bytes mean, record by record
                               rdb_pieces     the same of a file that is not in memory
                               rdb_fields     what stretches of bytes mean, each with its place
                               rdb_shapes     what the value of each type consists of
                               rdb_check      a file looked through without loading it
    the log       AOF          manifest       which files it is made of
                               aof_write      changes, or a dataset -> commands as bytes
                               aof_read       bytes -> commands, with the place of each
                               aof_files      where the files are, and how one set follows another
                               aof_tail       what is written when, and when it is safe
                               aof_load       the manifest, the base, the commands since
                               aof            all of that, with rewrites
                               aof_check      a log looked through, and cut to what is good
    meanwhile                  snapshot       the file of one moment while commands go on
                               rewrite        the same as commands, for a log
                               moment         what both have in common
                               waiting        the keys that are still to be written
                               job            a file that is written in the background
                               child          ... by a copy of the process
                               background     which of the two
    an engine's store          persistence    what is kept, and what may go on at the same time
                               snapshots      SAVE, BGSAVE, save points
                               log            the log, fed with an engine's effects
                               loading        data back from files, a piece at a time
                               replay         a log's commands, run again
    disks                      disk           what a disk can do, and how it loses what it was
                                              not made to keep
                               store          a real one
                               simulated_disk one in memory that fails when told to
                               inode          its files: what is in the cache, what on the platter

What reads and writes formats takes bytes and gives bytes; files are opened by disks alone.
"""
