"""The one way out: HTTP requests to the few addresses that the site's settings name.

Owns what may be asked of whom. No other module makes a request, and no address that a message, a
form or a file names is asked unless the settings list it.
``tests/outbound/test_only_way_out.py`` holds us to it.
"""
