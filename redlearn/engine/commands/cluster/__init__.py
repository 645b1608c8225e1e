"""Cluster commands: CLUSTER and its many subcommands, READONLY READWRITE ASKING CLUSTERSCAN.

They read the words of a call, in the order in which Redis looks at them, and hand what they found
to the cluster (`ports.Cluster`). Whether a node may do what it is asked for is for its own rules.
"""

from redlearn.engine.commands.cluster import client, looks, moves, nodes, scan, slots, stats  # noqa: F401
