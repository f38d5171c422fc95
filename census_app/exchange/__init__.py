"""The signed package: container, statement, certificates, signers, key file. No forms, no database, no window."""
