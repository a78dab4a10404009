"""What experts can say: one module a kind of answer.

A kind knows how alike two answers are, how several become one, and how far they stand apart. ``registry`` has them by
name; ``protocol`` says what a kind has to offer.
"""
