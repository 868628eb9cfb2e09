"""The tables, the two databases they may lie in, and the history of their schema."""
