"""County Harrowmere: the invented place, people and services of the demonstration.

Pure data from a seed. Nothing here writes an event, opens a database or reads a clock; the
loader turns these structs into commands. Nobody and nowhere in it is real.
"""
