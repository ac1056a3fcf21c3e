"""What has happened: every kind of event, and the questions contexts may ask each other.

Facts are the language in which contexts speak: a context reads another's facts, never its
rules. So they stand below the contexts, one file for each, and import nothing of them.
"""
