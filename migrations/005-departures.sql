-- Paths that a script was just told are gone. It may have found one of them there again for a moment
-- and copied it; then somebody has to tell it that it went again, although nobody saw it come.

CREATE TABLE departure (
  path    TEXT    PRIMARY KEY,
  told_at INTEGER NOT NULL                           -- forgotten a minute later
) STRICT, WITHOUT ROWID;

CREATE INDEX departure_told ON departure (told_at);
