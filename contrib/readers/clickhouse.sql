-- The table that vector.toml fills; never executed here, since Debian has no ClickHouse. What one
-- asks for most as columns, and the record itself, as it stands in the log. A record that is sent
-- twice is one row after a merge.
CREATE DATABASE IF NOT EXISTS fixup;

CREATE TABLE IF NOT EXISTS fixup.records
(
    `time` DateTime64(6, 'UTC'),
    `host` LowCardinality(String),
    `seq` UInt64,
    `type` LowCardinality(String),
    `profile` LowCardinality(String),
    `mode` LowCardinality(String),
    `verdict` LowCardinality(String),
    `would` LowCardinality(String),
    `queue_id` String,
    `message_id` String,
    `from` String,
    `size` UInt64,
    `rules` Array(LowCardinality(String)),
    `hash` String,
    `record` String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(`time`)
ORDER BY (`host`, `seq`, `hash`);

-- The log of one host again, for `fixupctl verify`, with
--   clickhouse-client --query "..." >mx1.jsonl
-- SELECT record FROM fixup.records FINAL WHERE host = 'mx1.example.net' ORDER BY seq
-- FORMAT TSVRaw
