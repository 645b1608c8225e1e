"""Lessons: texts that type, ask, and check, read from Markdown and played without a terminal."""
