"""The guard of a big rebuilding: what a person sees and what lies on disk is the same as before it.

    python -m tests.guard [--base COMMIT] [--quick] [--only WORD...] [--keep DIR] [--self-test]

The code of a base commit makes a rich workspace; then each scenario is played twice over copies of it, once with the
base's code and once with that of the working tree, and everything that can be seen is compared. Nothing here imports
the code that it guards: it types commands as a person would.
"""
