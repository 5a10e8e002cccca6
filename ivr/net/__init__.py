"""HTTP as everything here uses it: addresses, and one honest sender."""
