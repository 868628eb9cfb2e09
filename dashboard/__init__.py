"""What a reader sees: statistics, reports, pages, the read API and login. Never writes taps, rollups or marks."""
