"""Form sets: load them, check records with them, upgrade between them. A form is data, and the only source."""
