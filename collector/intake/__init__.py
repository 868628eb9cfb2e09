"""Messages into the store, each tap once."""
