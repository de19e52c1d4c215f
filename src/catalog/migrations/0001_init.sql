-- The tables of version 1.
--
-- Vectors belong to contents, not to paths, so that copies and moved files need no encoding.
-- Every write transaction takes the next `change` number: readers ask for what is newer than the
-- last number they saw.

PRAGMA application_id = 0x70697873; -- "pixs"

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('change', 0), ('pruned', 0);

CREATE TABLE models (
    key       INTEGER PRIMARY KEY,
    id        TEXT NOT NULL,
    revision  TEXT NOT NULL,
    precision TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    UNIQUE (id, revision, precision)
) STRICT;

CREATE TABLE pictures (
    id         INTEGER PRIMARY KEY,
    path       BLOB NOT NULL UNIQUE,  -- relative to the root, any bytes
    size       INTEGER NOT NULL,      -- bytes
    mtime_ns   INTEGER NOT NULL,
    hash       BLOB,                  -- BLAKE3 of the file; NULL when it could not be read
    width      INTEGER,               -- as displayed
    height     INTEGER,
    taken_at   INTEGER,               -- seconds since 1970
    error      TEXT,                  -- why it can't be searched
    removed_at INTEGER,               -- seconds since 1970; NULL while the file is there
    change     INTEGER NOT NULL
) STRICT;
CREATE INDEX pictures_by_hash ON pictures (hash);
CREATE INDEX pictures_by_change ON pictures (change);

CREATE TABLE embeddings (
    id     INTEGER PRIMARY KEY,
    model  INTEGER NOT NULL REFERENCES models (key),
    hash   BLOB NOT NULL,
    vector BLOB NOT NULL,             -- f16, little-endian, unit length
    change INTEGER NOT NULL,
    UNIQUE (model, hash)
) STRICT;
CREATE INDEX embeddings_by_change ON embeddings (change);
