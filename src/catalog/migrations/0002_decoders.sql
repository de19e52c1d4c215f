-- Version 2: what tells a file from another of the same size and time, and by which rules a picture was decoded.

ALTER TABLE pictures ADD COLUMN ctime_ns INTEGER;   -- status change; NULL where the system has none, or in old rows
ALTER TABLE pictures ADD COLUMN inode INTEGER;      -- as a signed number; NULL as ctime_ns
ALTER TABLE pictures ADD COLUMN format TEXT;        -- the format's name
ALTER TABLE pictures ADD COLUMN decoder INTEGER NOT NULL DEFAULT 1;  -- version of the rules that it was decoded by
ALTER TABLE pictures ADD COLUMN damage TEXT;        -- what is wrong with it although it can be searched
ALTER TABLE pictures ADD COLUMN error_kind TEXT;    -- the group of errors that `error` belongs to

-- A vector has a version of its own: each model's turn to be made anew comes when that model is used.
ALTER TABLE embeddings ADD COLUMN decoder INTEGER NOT NULL DEFAULT 1;
-- Only numbers: it takes a few bytes for each vector, and tells without reading them that none is old.
CREATE INDEX embeddings_by_decoder ON embeddings (model, decoder);
