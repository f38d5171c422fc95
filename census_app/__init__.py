"""Census: the government information-resource census, offline, signed and printed."""

__version__ = "0.1.0"
