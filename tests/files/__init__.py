"""Tests of files on a case: hostile ones refused, kept whole, shown to those who may."""
