"""The window: everything that imports Qt. What a person can do here is a service, and the command line does it too."""
