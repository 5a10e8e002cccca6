"""Microsoft Graph: the wire, the tokens, the client. Its words stop here."""
