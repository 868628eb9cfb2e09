"""When and where a tap was pressed, and the sums of days that pages read."""
