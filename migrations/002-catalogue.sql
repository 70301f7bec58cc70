-- The catalogue: what the tree looked like when each path was last queued. An entry is written in the
-- same transaction as its event, so that what happened unseen is found by comparing.

CREATE TABLE entry (
  directory INTEGER NOT NULL,                        -- number of the directory it is in
  name      TEXT    NOT NULL,                        -- exact bytes; '' in directory 0 is the watch directory
  mode      INTEGER NOT NULL,                        -- st_mode: kind and permissions
  uid       INTEGER NOT NULL,
  gid       INTEGER NOT NULL,
  ino       INTEGER NOT NULL,
  size      INTEGER NOT NULL,                        -- bytes
  mtime     INTEGER NOT NULL,                        -- nanoseconds since the epoch
  ctime     INTEGER NOT NULL,                        -- nanoseconds; 0: not looked at yet
  racy      INTEGER NOT NULL,                        -- 1: it may have changed in the tick it was looked at
  number    INTEGER,                                 -- directories: `directory` of what is in them
  PRIMARY KEY (directory, name)
) STRICT, WITHOUT ROWID;

-- The next directory number; 1 is the watch directory.
CREATE TABLE numbering (next INTEGER NOT NULL) STRICT;
INSERT INTO numbering VALUES (2);

-- Subtrees that have to be compared with the catalogue; a row survives a crash in the middle of it.
CREATE TABLE reconcile (
  path          TEXT PRIMARY KEY,
  reason        TEXT    NOT NULL,
  owed_at       INTEGER NOT NULL,
  not_before    INTEGER NOT NULL,                    -- repeated ones back off
  generation    INTEGER NOT NULL,                    -- grows when it is owed again while it is being done
  tell_all      INTEGER NOT NULL,                    -- 1: equal entries are told as well (moved directory)
  silent_before INTEGER                              -- unknown entries with an older ctime are only recorded
) STRICT, WITHOUT ROWID;
