"""The coordinator's window: who has delivered, what arrived, what the catalogue holds."""
