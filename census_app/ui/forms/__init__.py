"""Forms on the screen, generated from the form set: form view, one editor per field type, child grid."""
