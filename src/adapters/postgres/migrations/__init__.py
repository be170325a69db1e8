"""The schema's revisions, one file each in ``versions``, numbered ``0001``, ``0002`` and so on.

They only go forward, and so that the release before can run on the schema of the next one, they add first and remove a
release later. All that are missing run in one transaction.

A table with an ``organisation_id`` gets row security as those of 0009 have it, in the revision that makes it. One that
changes rows of such a table says ``NO FORCE ROW LEVEL SECURITY`` before and FORCE after: else it would find no row, and
fails.
"""
