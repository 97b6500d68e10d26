"""What screen and print both draw, prepared once."""
