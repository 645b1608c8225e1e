"""The textbook: Redis's own data structures, in Python, one module each.

A structure knows the probe it reports to and the `Random` or seed it was given, and
nothing else of the engine. Bytes go in and come out. Each can `check()` its invariants,
and `freeze()` itself into plain tuples from which `thaw` rebuilds it exactly.
"""
