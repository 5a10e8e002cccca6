"""What may be done with a telephone line that others pay for: pure judgements, no counting."""
