"""The terminal user interface: a thin Textual shell over sessions, views and panes."""
