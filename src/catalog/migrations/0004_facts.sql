-- Version 4: what files and their sidecars say of pictures, for filters. A row for each picture that was read; width, height,
-- size, format and modification time stand in `pictures`.

CREATE TABLE facts (
    picture      INTEGER PRIMARY KEY,  -- pictures.id
    version      INTEGER NOT NULL,     -- of the rules by which this was read
    sidecars     TEXT,                 -- name, size and time of each sidecar; NULL without
    taken        INTEGER NOT NULL,     -- local time, in seconds since 1970 as if it were UTC
    taken_ns     INTEGER NOT NULL,     -- nanoseconds of that second
    taken_offset INTEGER,              -- seconds that local time is ahead of UTC; NULL where unknown
    taken_from   TEXT NOT NULL,        -- exif, xmp, iptc, or modified: the file's time, in the time zone of this machine
    make         TEXT,
    model        TEXT,
    lens         TEXT,
    iso          INTEGER,
    focal_length REAL,                 -- mm
    aperture     REAL,                 -- f-number
    exposure     REAL,                 -- seconds
    latitude     REAL,                 -- degrees, north is positive
    longitude    REAL,                 -- degrees, east is positive
    altitude     REAL,                 -- metres above the sea
    orientation  INTEGER,              -- 1 to 8, as EXIF has it
    rating       INTEGER,              -- 0 to 5; -1 is rejected
    title        TEXT,
    caption      TEXT
) STRICT;
CREATE INDEX facts_by_taken ON facts (taken, taken_ns);
-- Mostly few: every run asks which of them have changed.
CREATE INDEX facts_with_sidecars ON facts (picture) WHERE sidecars IS NOT NULL;

CREATE TABLE tags (
    picture INTEGER NOT NULL,
    tag     TEXT NOT NULL,
    PRIMARY KEY (picture, tag)
) STRICT, WITHOUT ROWID;

