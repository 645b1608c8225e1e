"""The wire: replies, their encoding in RESP2 and RESP3, and how they look in a terminal."""
