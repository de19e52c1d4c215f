-- Version 3: a file that moved is found by its content among the rows of files that are gone. Without this, recording
-- one of n copies of a content looks at all the others.

CREATE INDEX pictures_removed_by_hash ON pictures (hash) WHERE removed_at IS NOT NULL;
