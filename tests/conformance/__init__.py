"""Whether FHIR messages keep the standard, in the eyes of two validators that are not ours."""
