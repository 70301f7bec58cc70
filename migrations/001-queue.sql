-- The queue: what has to be told, what is being told, what was told.
-- Times are milliseconds since the epoch. Paths are relative to the watch directory ('' is the watch
-- directory itself) and keep the exact bytes of the file system, also where they are not UTF-8.

-- Pending work, one row a path.
CREATE TABLE event (
  id          INTEGER PRIMARY KEY,
  path        TEXT    NOT NULL UNIQUE,
  mask        INTEGER NOT NULL,                      -- OR of linux/inotify.h bits
  first_seen  INTEGER NOT NULL,                      -- the collect delay counts from here
  last_seen   INTEGER NOT NULL,
  size_class  TEXT    NOT NULL DEFAULT 'ordinary' CHECK (size_class IN ('ordinary', 'big')),
  state       TEXT    NOT NULL DEFAULT 'pending'  CHECK (state IN (
                'pending',                           -- waits for its delay, then for a batch
                'running',                           -- in the run named by run
                'suspect',                           -- its batch failed and is being split
                'isolated',                          -- fails alone, waits for retry_at
                'held')),                            -- a deletion that the mass-delete brake holds
  run         INTEGER,                               -- run.id while running
  part        INTEGER,                               -- suspects with the same number run together
  fresh_mask  INTEGER NOT NULL DEFAULT 0,            -- what came while running: stays for the next batch
  fresh_since INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0,            -- failed runs it was in; isolated: of its own
  retry_at    INTEGER,                               -- isolated: not before this
  last_error  TEXT
) STRICT;

-- The oldest pending event of a class; the due ones of a class in order.
CREATE INDEX event_due ON event (size_class, first_seen) WHERE state = 'pending';
-- A run's events.
CREATE INDEX event_run ON event (run) WHERE run IS NOT NULL;
-- The next part to try.
CREATE INDEX event_part ON event (part) WHERE state = 'suspect';
-- The next isolated path of a class to retry.
CREATE INDEX event_retry ON event (size_class, retry_at) WHERE state = 'isolated';
CREATE INDEX event_held ON event (path) WHERE state = 'held';

-- Executions of the action script; ended ones are kept up to a bound.
CREATE TABLE run (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT    NOT NULL CHECK (kind IN ('initialsync', 'sync', 'synclist')),
  size_class  TEXT    NOT NULL CHECK (size_class IN ('ordinary', 'big')),
  attempt     INTEGER NOT NULL,                      -- 1 for the first try of this work
  paths       INTEGER NOT NULL,                      -- number of events in it
  sample      TEXT,                                  -- one of its paths
  started_at  INTEGER NOT NULL,
  pid         INTEGER,                               -- of the script, which leads a process group
  identity    TEXT,                                  -- tells this process from a later one with its pid
  ended_at    INTEGER,
  outcome     TEXT CHECK (outcome IN ('succeeded', 'failed', 'abandoned')),
  exit_code   INTEGER,
  signal      TEXT,
  why         TEXT,                                  -- one line, failed runs
  tail        TEXT                                   -- end of the script's output
) STRICT;

CREATE INDEX run_running ON run (id) WHERE ended_at IS NULL;

-- One row: which tree this database is about, and who serves it.
CREATE TABLE daemon (
  id              INTEGER PRIMARY KEY CHECK (id = 1),
  root            TEXT    NOT NULL,                  -- the watch directory, absolute
  root_dev        INTEGER,                           -- identity of the watch directory (st_dev, st_ino,
  root_ino        INTEGER,                           -- and its birth time in nanoseconds, which stays when
  root_born       TEXT,                              -- devices are numbered anew at boot)
  label           TEXT    NOT NULL,
  initialsync_at  INTEGER,                           -- start of the last initial sync that succeeded
  catalogued_at   INTEGER,                           -- since then the catalogue is complete
  pid             INTEGER,                           -- of the last or running daemon
  started_at      INTEGER,
  stopped_at      INTEGER                            -- NULL while running or after a crash
) STRICT;

-- What the daemon is doing, for people; a few rows, changed at most once a second.
CREATE TABLE status (
  name       TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
