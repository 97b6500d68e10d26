"""What is taken away: figures, numbers and self-contained pages."""
