"""What counts and why not: rules and opening hours in versions, and the taps judged by them."""
