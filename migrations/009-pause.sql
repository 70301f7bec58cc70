-- For people to set: while it is 1 no run begins, and everything else goes on.

ALTER TABLE daemon ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
