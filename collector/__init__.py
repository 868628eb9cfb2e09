"""MQTT in, store, policy, rollups, stored acks out; and the registration of units, service points and kiosks."""
