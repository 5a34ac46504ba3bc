-- The log of choices, and what belongs to it. `{by_month}` is `PARTITION BY RANGE (month)` where the engine knows that.

-- How far the log has come: one row, moved by compare-and-swap.
CREATE TABLE head (
    one      smallint PRIMARY KEY CHECK (one = 1),
    size     bigint NOT NULL CHECK (size >= 0),
    root     bytea NOT NULL,
    frontier bytea NOT NULL
);
INSERT INTO head VALUES
    (1, 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '\x0000000000000000');

-- The entries, public-safe and for ever; `month` is the one in which it was appended, as 202611.
CREATE TABLE entries (
    place bigint NOT NULL,
    month integer NOT NULL,
    leaf  bytea NOT NULL,
    hash  bytea NOT NULL,
    PRIMARY KEY (place, month)
) {by_month};

-- The personal values that stay until they are erased, and whose they are: `tag` is a keyed hash of the visitor.
CREATE TABLE lasting (
    place       bigint NOT NULL,
    month       integer NOT NULL,
    tag         bytea,
    disclosures text NOT NULL,
    PRIMARY KEY (place, month)
) {by_month};
CREATE INDEX lasting_of ON lasting (tag, place);

-- The personal values that expire; `month` is the one in which they do, so that a whole month goes at once.
CREATE TABLE brief (
    place       bigint NOT NULL,
    month       integer NOT NULL,
    until       bigint NOT NULL,
    disclosures text NOT NULL,
    PRIMARY KEY (place, month)
) {by_month};
CREATE INDEX brief_until ON brief (until);

-- Events whose personal values were erased on somebody's word: after a restore from a backup they are erased again.
CREATE TABLE erasures (
    place bigint PRIMARY KEY,
    at    timestamptz NOT NULL DEFAULT now()
);

-- Roots of complete segments of the tree.
CREATE TABLE segments (
    number bigint PRIMARY KEY,
    root   bytea NOT NULL
);

CREATE TABLE documents (
    name  text COLLATE "C" PRIMARY KEY,
    bytes bytea NOT NULL
);

CREATE TABLE notes (
    name  text COLLATE "C" PRIMARY KEY,
    bytes bytea NOT NULL
);

CREATE TABLE secrets (
    name  text COLLATE "C" PRIMARY KEY,
    bytes bytea NOT NULL
);

-- The months for which there are tables.
CREATE TABLE months (
    parent text NOT NULL,
    month  integer NOT NULL,
    PRIMARY KEY (parent, month)
);

-- Who does what only one may do, and until when.
CREATE TABLE leases (
    name   text PRIMARY KEY,
    holder text NOT NULL,
    until  timestamptz NOT NULL
);
-- Whoever locks it has the turn to append.
INSERT INTO leases VALUES ('turn', '', now());
