-- The index behind `search`, filled in the background.

-- For an index over (conversation_id, tsv). A trusted extension: whoever may CREATE in the database may add it.
create extension if not exists btree_gin;

-- A row for every message up to the cursor, deleted ones without words. `at` never decreases within a
-- conversation, so that newest first is also descending seq.
drop table search, search_cursor;
create table search (
  conversation_id bigint not null,
  seq bigint not null,
  at timestamptz not null,
  tsv tsvector not null,
  primary key (conversation_id, seq)
);
create index search_words on search using gin (conversation_id, tsv);
create table search_cursor (
  conversation_id bigint primary key,
  seq bigint not null default 0,
  at timestamptz not null default '-infinity'
);
-- How far the log has been looked through for conversations above their cursors: first those there were,
-- by their ids, then what was written since, by time.
create table search_progress (
  only_row boolean primary key default true check (only_row),
  conversation_id bigint default 0,  -- null: those there were are done
  at timestamptz not null default clock_timestamp()
);
insert into search_progress default values;

-- The words of a text. Punctuation would make single words of addresses and paths, and leave out markup.
create function words_of(given text) returns tsvector language sql immutable parallel safe as $$
  select strip(to_tsvector('simple', translate(left(given, 100000), $p$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~$p$, repeat(' ', 32))))
$$;
create function query_of(given text) returns tsquery language sql immutable parallel safe as $$
  select plainto_tsquery('simple', translate(given, $p$!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~$p$, repeat(' ', 32)))
$$;

-- Indexes what follows the conversation's cursor, at most 500 entries and about 2 MB of text; whether
-- there is more. Whoever does the same at the same time waits.
create function index_conversation(id bigint) returns boolean language plpgsql as $$
declare
  done record;
  top bigint;
  latest timestamptz;
begin
  if not exists (select from entries n where n.conversation_id = id) then return false; end if;
  insert into search_cursor (conversation_id) values (id) on conflict do nothing;
  select s.seq, s.at into done from search_cursor s where s.conversation_id = id for update;
  select max(w.seq) into top from (
    select e.seq, sum(coalesce(octet_length(e.body), 0)) over (order by e.seq) - coalesce(octet_length(e.body), 0) before
    from (select n.seq, n.body from shown_entries n where n.conversation_id = id and n.seq > done.seq order by n.seq limit 500) e) w
  where w.before < 2000000;
  if top is null then return false; end if;

  insert into search (conversation_id, seq, at, tsv)
  select id, e.seq, e.latest, coalesce(words_of(e.body), '') from (
    select n.seq, n.kind, n.body, greatest(done.at, max(n.at) over (order by n.seq)) latest
    from entries n where n.conversation_id = id and n.seq > done.seq and n.seq <= top) e
  where e.kind = 2;
  update search s set tsv = coalesce(words_of(e.body), '')
  from (select distinct n.target from entries n
        where n.conversation_id = id and n.seq > done.seq and n.seq <= top and n.kind in (3, 4) and n.target <= done.seq) c
  join entries e on e.conversation_id = id and e.seq = c.target
  where s.conversation_id = id and s.seq = c.target;

  select greatest(done.at, max(n.at)) into latest from entries n
    where n.conversation_id = id and n.seq > done.seq and n.seq <= top;
  update search_cursor s set seq = top, at = latest where s.conversation_id = id;
  return exists (select from entries n where n.conversation_id = id and n.seq > top);
end $$;
