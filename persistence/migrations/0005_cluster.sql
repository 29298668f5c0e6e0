-- The nodes of the cluster, and who holds which shard since when.

drop table nodes, shards;
-- One life of a node: what it says of itself with each beat.
create table nodes (
  incarnation bigint primary key,
  name text not null,
  address text not null,                  -- for its peers
  url text not null,                      -- for clients
  version text not null,
  state smallint not null,                -- 0 starting, 1 serving, 2 draining, 3 secluded
  links bigint[] not null,                -- incarnations of peers that it reaches
  drain_wanted boolean not null default false,
  beat bigint not null default 1,
  beat_at timestamptz not null default clock_timestamp(),
  started_at timestamptz not null default clock_timestamp(),
  sessions bigint not null default 0,
  conversations bigint not null default 0,
  messages bigint not null default 0,
  commit_p99_us bigint not null default 0,
  link_lag_ms bigint not null default 0
) with (fillfactor = 30);
-- A hint for people: who holds a shard is whose backend holds its advisory lock.
create table shards (
  shard integer primary key,
  owner bigint not null,                  -- an incarnation
  since timestamptz not null default clock_timestamp()
) with (fillfactor = 50);
