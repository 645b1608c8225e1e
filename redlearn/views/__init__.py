"""Views: what panes show, as frozen data, copied out of the engine at O(visible) cost.

Each module has a `look_at`, which copies what a window needs, and where an algorithm leaves
a trail an `advance(view, event)`, which marks one more step of it. Looking changes nothing,
moves no bucket and tells no probe. `gallery.py` makes every view out of one session.
"""
