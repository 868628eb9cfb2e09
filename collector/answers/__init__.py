"""What a kiosk is told: stored acks, orders, firmware."""
