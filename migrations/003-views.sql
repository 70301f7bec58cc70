-- For people with sqlite3(1): read-only, described in README.md. Durations are seconds.

CREATE VIEW mask_name (bit, name) AS VALUES
  (0x1, 'ACCESS'), (0x2, 'MODIFY'), (0x4, 'ATTRIB'), (0x8, 'CLOSE_WRITE'), (0x10, 'CLOSE_NOWRITE'),
  (0x20, 'OPEN'), (0x40, 'MOVED_FROM'), (0x80, 'MOVED_TO'), (0x100, 'CREATE'), (0x200, 'DELETE'),
  (0x400, 'DELETE_SELF'), (0x800, 'MOVE_SELF'), (0x2000, 'UNMOUNT'), (0x40000000, 'ISDIR');

CREATE VIEW clock (now) AS VALUES ((julianday('now') - 2440587.5) * 86400.0);

CREATE VIEW pending AS
SELECT
  iif(path = '', '.', path) AS path,
  (SELECT group_concat(name, '|') FROM mask_name WHERE mask & bit) AS mask,
  size_class,
  state,
  round(clock.now - first_seen / 1000.0, 1) AS age,
  CASE state
    WHEN 'isolated' THEN round(max(0, retry_at / 1000.0 - clock.now), 1)
    WHEN 'pending' THEN round(max(0, first_seen / 1000.0 - clock.now + (
      SELECT CAST(value AS REAL) FROM status
      WHERE status.name = iif(size_class = 'big', 'bigfilecollectdelay', 'collectdelay'))), 1)
  END AS due_in,
  attempts,
  last_error
FROM event, clock
ORDER BY first_seen, event.path;

CREATE VIEW running AS
SELECT
  run.id AS run, kind, size_class, paths, attempt, pid,
  datetime(started_at / 1000.0, 'unixepoch', 'localtime') AS started,
  round(clock.now - started_at / 1000.0, 1) AS seconds,
  iif(sample = '', '.', sample) AS sample
FROM run, clock
WHERE ended_at IS NULL
ORDER BY run.id;

CREATE VIEW history AS
SELECT
  id AS run, kind, size_class, paths, attempt, outcome, exit_code, signal, why,
  datetime(started_at / 1000.0, 'unixepoch', 'localtime') AS started,
  round((ended_at - started_at) / 1000.0, 3) AS seconds,
  iif(sample = '', '.', sample) AS sample,
  tail
FROM run
WHERE ended_at IS NOT NULL
ORDER BY id DESC;

CREATE VIEW owed AS
SELECT iif(path = '', '.', path) AS path, reason,
  datetime(owed_at / 1000.0, 'unixepoch', 'localtime') AS since,
  round(max(0, not_before / 1000.0 - clock.now), 1) AS starts_in
FROM reconcile, clock
ORDER BY owed_at;
