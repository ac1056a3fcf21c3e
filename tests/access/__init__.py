"""Tests of access: who may see which record, and who did."""
