"""A Redis Cluster in virtual time: messages, the rules of a node, many nodes on one network."""
