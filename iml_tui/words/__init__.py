"""Words: facts as a person reads them, numbers and sentences."""
