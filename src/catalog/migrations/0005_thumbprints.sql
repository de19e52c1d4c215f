-- Version 5: what tells copies of a picture that differ in size, encoding or colour: a tiny thumbnail of each content.

CREATE TABLE thumbprints (
    id      INTEGER PRIMARY KEY,   -- grows with every write: readers ask for what is newer than the last they saw
    hash    BLOB NOT NULL UNIQUE,  -- of the content, as in `pictures`
    version INTEGER NOT NULL,      -- of the rules by which it was made
    print   BLOB                   -- NULL where the picture could not be decoded
) STRICT;
