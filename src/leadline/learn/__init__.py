"""What the outcomes say about the rules: probabilities, personas, proposals; needs `leadline[learn]`."""
