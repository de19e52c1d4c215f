-- Version 6: the text that was read from pictures, by content. What was tried in vain is kept too, so that it is not tried
-- again and again.

CREATE TABLE texts (
    id     INTEGER PRIMARY KEY,   -- rowid of `text_words`
    hash   BLOB NOT NULL UNIQUE,  -- of the content, as in `pictures`
    reader TEXT NOT NULL,         -- the command that read it, with its languages
    text   TEXT,                  -- empty where there was nothing to read; NULL where it could not be read
    error  TEXT                   -- why it could not be read
) STRICT;

