"""Use cases: one module per verb, and the ports they need. The window and the command line are two faces of these."""
