-- The log of conversations, and what is kept beside it. Every key of a conversation's tables begins
-- with conversation_id: a conversation's rows can live on a server of their own.

create table cluster (
  only_row boolean primary key default true check (only_row),
  epoch text not null,
  shard_count integer not null,
  operator_token_hash bytea
);

create table conversations (
  conversation_id bigint primary key,
  kind smallint not null,
  name text
);

create table entries (
  conversation_id bigint not null,
  seq bigint not null,
  number bigint not null,              -- messages up to and including this entry
  kind smallint not null,
  shown smallint not null default 0,   -- 0 as sent, 1 edited, 2 deleted
  sender_id bigint not null,
  key text collate "C",
  digest uuid not null,                -- 128 bits over what was first sent
  target bigint,                       -- of edit, delete: a seq; of join, leave, role: a user
  body text,
  at timestamptz not null,
  primary key (conversation_id, seq),
  unique (conversation_id, sender_id, key)
);
create index entries_at on entries using brin (at) with (pages_per_range = 32, autosummarize = on);

create table members (
  conversation_id bigint not null,
  user_id bigint not null,
  role smallint not null,
  joined_seq bigint not null,
  left_seq bigint,
  primary key (conversation_id, user_id)
);

-- By user.
create table inbox (
  user_id bigint not null,
  conversation_id bigint not null,
  read_seq bigint not null default 0,
  primary key (user_id, conversation_id)
) with (fillfactor = 70);
create table direct (low bigint not null, high bigint not null, conversation_id bigint not null, primary key (low, high));
create table created (sender_id bigint not null, key text collate "C" not null, digest uuid not null,
                      conversation_id bigint not null, primary key (sender_id, key));

create table users (
  user_id bigint primary key,
  name text not null,
  password_hash text not null,
  disabled boolean not null default false,
  created_at timestamptz not null default now(),
  last_seen timestamptz
);
create unique index users_name on users (lower(name) text_pattern_ops);
create table tokens (
  token_id bigint primary key,
  hash bytea not null unique,
  user_id bigint not null references users,
  created_at timestamptz not null default now(),
  used_at timestamptz not null default now()
);
create index tokens_by_user on tokens (user_id);
create table revocations (token_id bigint not null, at timestamptz not null default clock_timestamp());
create index revocations_at on revocations (at);
create table blocks (blocker_id bigint not null, blocked_id bigint not null, primary key (blocker_id, blocked_id));

create table nodes (name text primary key, incarnation bigint not null, address text not null, beat bigint not null default 0);
create table shards (shard integer primary key, owner text, address text);
create table search (conversation_id bigint not null, seq bigint not null, tsv tsvector not null, primary key (conversation_id, seq));
create table search_cursor (conversation_id bigint primary key, seq bigint not null);

-- Makes a conversation, unless the pair has one already (direct: no key) or the sender made one with this key.
create function create_conversation(id bigint, sender bigint, given_key text, given_digest uuid, given_name text,
                                    people bigint[], lock_class integer, shard integer)
returns table (conversation_id bigint, seq bigint, at_ms bigint, repeated boolean, digest text, held boolean)
language plpgsql as $$
#variable_conflict use_column
declare
  existing bigint;
  first_digest uuid;
  moment timestamptz := date_trunc('milliseconds', statement_timestamp());
  body text := array_to_string(people, ',') || coalesce(' ' || given_name, '');
begin
  if not pg_try_advisory_xact_lock(lock_class, shard) then
    return query select id, 0::bigint, 0::bigint, false, ''::text, false;
    return;
  end if;
  if given_key is null then
    insert into direct (low, high, conversation_id) values (people[1], people[2], id) on conflict do nothing;
    if not found then
      select d.conversation_id into existing from direct d where d.low = people[1] and d.high = people[2];
    end if;
  else
    insert into created (sender_id, key, digest, conversation_id) values (sender, given_key, given_digest, id) on conflict do nothing;
    if not found then
      select c.conversation_id, c.digest into existing, first_digest from created c where c.sender_id = sender and c.key = given_key;
    end if;
  end if;
  if existing is not null then
    return query select existing, 1::bigint, (extract(epoch from e.at) * 1000)::bigint, true,
                        replace(coalesce(first_digest, given_digest)::text, '-', ''), true
                 from entries e where e.conversation_id = existing and e.seq = 1;
    return;
  end if;
  insert into conversations (conversation_id, kind, name) values (id, case when given_key is null then 0 else 1 end, given_name);
  insert into entries (conversation_id, seq, number, kind, sender_id, key, digest, body, at)
    values (id, 1, 0, 1, sender, given_key, given_digest, body, moment);
  insert into members (conversation_id, user_id, role, joined_seq)
    select id, p, case when given_key is not null and p = sender then 1 else 3 end, 1 from unnest(people) p;
  insert into inbox (user_id, conversation_id) select p, id from unnest(people) p;
  return query select id, 1::bigint, (extract(epoch from moment) * 1000)::bigint, false,
                      replace(given_digest::text, '-', ''), true;
end $$;
