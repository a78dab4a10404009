"""Between which values a score can be once what is open has been settled."""
