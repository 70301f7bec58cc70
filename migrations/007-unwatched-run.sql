-- A script that goes on while nobody watches may meet something else in the place of a directory, and
-- make the same of its copy, before the directory is back.

ALTER TABLE reconcile ADD COLUMN unwatched_run INTEGER NOT NULL DEFAULT 0; -- 1: a script may have gone on so
