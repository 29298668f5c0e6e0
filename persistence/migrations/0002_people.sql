-- What happens in a conversation beside its messages, and who is there.

-- The key of a group's `create` is of a space of its own: it is kept with a prefix that no key of a client has.
update entries set key = E'\x01' || key where kind = 1 and key is not null;

create or replace function create_conversation(id bigint, sender bigint, given_key text, given_digest uuid, given_name text,
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
    values (id, 1, 0, 1, sender, E'\x01' || given_key, given_digest, body, moment);
  insert into members (conversation_id, user_id, role, joined_seq)
    select id, p, case when given_key is not null and p = sender then 1 else 3 end, 1 from unnest(people) p;
  insert into inbox (user_id, conversation_id) select p, id from unnest(people) p;
  return query select id, 1::bigint, (extract(epoch from moment) * 1000)::bigint, false,
                      replace(given_digest::text, '-', ''), true;
end $$;

-- An edit is stored without its text: the text stands in its message, as long as it is the newest one.
-- `target` of an edited message is the edit that its text comes from.
create view shown_entries as
select e.conversation_id, e.seq, e.number, e.kind, e.sender_id,
       case when e.kind = 1 then substr(e.key, 2) else e.key end as key,
       e.target, (extract(epoch from e.at) * 1000)::bigint as at_ms,
       case when e.kind = 3
            then (select t.body from entries t where t.conversation_id = e.conversation_id and t.seq = e.target)
            else e.body end as body,
       case when e.kind = 3
            then (select case when t.shown = 2 then 2 when t.target = e.seq then 0 else 1 end
                  from entries t where t.conversation_id = e.conversation_id and t.seq = e.target)
            else e.shown end as shown
from entries e;

-- Entries of other kinds than message and create, in the order given, each with what it changes. Writes
-- nothing where a shard's lock cannot be had. An entry that makes no sense (its conversation or the
-- message it is about does not exist, or is deleted) is left out and answered without a seq.
create function append_changes(conversations bigint[], senders bigint[], keys text[], digests uuid[], kinds smallint[],
                               targets bigint[], texts text[], roles smallint[], successors bigint[],
                               lock_class integer, shards integer[])
returns table (conversation_id bigint, seq bigint, at_ms bigint, repeated boolean, digest text, held boolean)
language plpgsql as $$
#variable_conflict use_column
declare
  moment timestamptz := date_trunc('milliseconds', statement_timestamp());
  all_held boolean;
  c bigint;
  last record;
  place bigint;
begin
  select bool_and(pg_try_advisory_xact_lock(lock_class, s)) into all_held from unnest(shards) s;
  for i in 1 .. cardinality(conversations) loop
    c := conversations[i];
    if all_held is not true then
      return query select c, null::bigint, null::bigint, false, null::text, false;
      continue;
    end if;
    return query select c, e.seq, (extract(epoch from e.at) * 1000)::bigint, true, replace(e.digest::text, '-', ''), true
                 from entries e where e.conversation_id = c and e.sender_id = senders[i] and e.key = keys[i];
    if found then continue; end if;

    select e.seq, e.number into last from entries e where e.conversation_id = c order by e.seq desc limit 1;
    place := last.seq + 1;
    if kinds[i] = 3 then
      update entries e set body = texts[i], shown = 1, target = place
        where e.conversation_id = c and e.seq = targets[i] and e.kind = 2 and e.shown <> 2;
      if not found then place := null; end if;
    elsif kinds[i] = 4 then
      update entries e set body = null, shown = 2, target = null
        where e.conversation_id = c and e.seq = targets[i] and e.kind = 2 and e.shown <> 2;
      if not found then place := null; end if;
    end if;
    if place is null then
      return query select c, null::bigint, null::bigint, false, null::text, true;
      continue;
    end if;

    if kinds[i] = 5 then
      insert into members as m (conversation_id, user_id, role, joined_seq) values (c, targets[i], roles[i], place)
        on conflict (conversation_id, user_id) do update set role = excluded.role, joined_seq = excluded.joined_seq, left_seq = null;
      insert into inbox as b (user_id, conversation_id, read_seq) values (targets[i], c, place)
        on conflict (user_id, conversation_id) do update set read_seq = excluded.read_seq where b.read_seq < excluded.read_seq;
    elsif kinds[i] = 6 then
      if successors[i] <> 0 then
        insert into entries (conversation_id, seq, number, kind, sender_id, digest, target, body, at)
          values (c, place, last.number, 7, senders[i], digests[i], successors[i], '1', moment);
        update members m set role = 1 where m.conversation_id = c and m.user_id = successors[i];
        place := place + 1;
      end if;
      update members m set left_seq = place where m.conversation_id = c and m.user_id = targets[i];
    elsif kinds[i] = 7 then
      update members m set role = roles[i] where m.conversation_id = c and m.user_id = targets[i];
    elsif kinds[i] = 8 then
      update conversations n set name = texts[i] where n.conversation_id = c;
    end if;

    insert into entries (conversation_id, seq, number, kind, sender_id, key, digest, target, body, at)
      values (c, place, last.number, kinds[i], senders[i], keys[i], digests[i], nullif(targets[i], 0),
              case kinds[i] when 7 then roles[i]::text when 8 then texts[i] end, moment);
    return query select c, place, (extract(epoch from moment) * 1000)::bigint, false, replace(digests[i]::text, '-', ''), true;
  end loop;
end $$;

-- Presence as last stored; the live truth is in the nodes.
alter table users add column online boolean not null default false;
alter table users set (fillfactor = 80);
