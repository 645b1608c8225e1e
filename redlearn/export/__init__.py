"""Lines and transcripts as files: SVG, PNG, HTML, ANSI, plain text, asciicasts."""
