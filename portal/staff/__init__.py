"""The desk of who takes calls: whom the words of a caller mean, and one page for that person."""
