"""The command line: one completer, lexer, hint line and history for the screen and for the REPL."""
