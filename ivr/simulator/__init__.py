"""Simulated calls: a phone, and Microsoft Graph in front of it."""
