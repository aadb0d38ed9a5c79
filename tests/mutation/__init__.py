"""Mutation test of what decides about money and pictures: one place of the code is changed, and a test must notice.

python -m tests.mutation [--sample 300] [--seed 1] [--only WORD...] [--again] [--list]
"""
