"""Who there is: units, service points, kiosks, and who may come to a broker."""
