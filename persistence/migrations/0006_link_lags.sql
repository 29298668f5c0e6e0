-- How far behind each link of a node is, and not only its slowest.

alter table nodes drop column link_lag_ms,
  add column link_lags bigint[] not null default '{}';   -- a peer's incarnation, milliseconds, the next one's
