"""Microsoft Graph in front of the simulated telephone, over HTTP."""
