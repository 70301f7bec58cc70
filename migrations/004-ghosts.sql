-- Directories that went away or were moved, and whose going the script may not have seen: when there
-- is a directory at the path again before that, what the old one had in it has to be told as deleted.

CREATE TABLE ghost (
  path     TEXT    NOT NULL,                         -- where it was; its going is an event
  number   INTEGER NOT NULL,                         -- `directory` of what was in it
  moved_to TEXT,                                     -- where it is now; NULL: its entries are kept for this alone
  told_at  INTEGER,                                  -- when the script was told; NULL: not yet
  PRIMARY KEY (path, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX ghost_number ON ghost (number);
CREATE INDEX ghost_moved ON ghost (moved_to) WHERE moved_to IS NOT NULL;
CREATE INDEX ghost_told ON ghost (told_at) WHERE told_at IS NOT NULL;
