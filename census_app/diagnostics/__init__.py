"""What the program says of itself: sentences for codes, logging, crash reports, doctor."""
