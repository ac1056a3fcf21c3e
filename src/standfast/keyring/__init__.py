"""What the journal knows of the site's keys: successions, sealings, certificates. No key itself."""
