"""What is known of each kiosk: whether it is there, when it was, and whether it sends too much."""
