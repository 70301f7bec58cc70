-- A comparison that comes back again and again rests between, which only the daemon's memory knows.

DROP VIEW owed;

ALTER TABLE reconcile DROP COLUMN not_before;

CREATE VIEW owed AS
SELECT iif(path = '', '.', path) AS path, reason,
  datetime(owed_at / 1000.0, 'unixepoch', 'localtime') AS since
FROM reconcile
ORDER BY owed_at;
