"""The schema's revisions, one file each in ``versions``, numbered ``0001``, ``0002`` and so on.

They only go forward, and so that the release before can run on the schema of the next one, they add first and remove a
release later. All that are missing run in one transaction.
"""
