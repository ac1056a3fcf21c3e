"""Made-up bytes for every parser: short here, for as long as one likes by ``make fuzz``."""
