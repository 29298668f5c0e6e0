#pragma once

namespace parley {

/// A batch of messages, in one statement outside BEGIN. Parameters: arrays of conversation, sender, key,
/// digest, text; lock class; array of the shards concerned. One row per message in input order:
/// conversation_id, seq, at_ms, repeated, digest (as first sent), held. Writes nothing where a shard's
/// lock cannot be had.
inline constexpr const char* append_messages_sql = R"sql(
with guard as materialized (
  select bool_and(pg_try_advisory_xact_lock($6::int, s)) held from unnest($7::int[]) s),
given as materialized (
  select g.*, o.seq old_seq, o.at old_at, o.digest old_digest,
         row_number() over (partition by g.conversation_id, g.sender_id, g.key order by g.ord) nth
  from unnest($1::bigint[], $2::bigint[], $3::text[], $4::uuid[], $5::text[]) with ordinality
       g(conversation_id, sender_id, key, digest, body, ord)
  left join lateral (select e.seq, e.at, e.digest from entries e
                     where e.conversation_id = g.conversation_id and e.sender_id = g.sender_id
                       and e.key = g.key collate "C" limit 1) o on true),
heads as materialized (
  select c.conversation_id, coalesce(l.seq, 0) seq, coalesce(l.number, 0) number
  from (select distinct conversation_id from given where old_seq is null) c
  left join lateral (select e.seq, e.number from entries e where e.conversation_id = c.conversation_id
                     order by e.seq desc limit 1) l on true),
fresh as materialized (
  select g.ord, g.conversation_id, g.sender_id, g.key, g.digest, g.body,
         h.seq + row_number() over w seq, h.number + row_number() over w number,
         date_trunc('milliseconds', statement_timestamp()) at
  from given g join heads h on h.conversation_id = g.conversation_id
  where g.old_seq is null and g.nth = 1 and (select held from guard)
  window w as (partition by g.conversation_id order by g.ord)),
inserted as (
  insert into entries (conversation_id, seq, number, kind, sender_id, key, digest, body, at)
  select conversation_id, seq, number, 2, sender_id, key, digest, body, at from fresh),
read_up_to as (
  insert into inbox as i (user_id, conversation_id, read_seq)
  select sender_id, conversation_id, max(seq) from fresh group by sender_id, conversation_id
  on conflict (user_id, conversation_id) do update set read_seq = excluded.read_seq
  where i.read_seq < excluded.read_seq)
select g.conversation_id, coalesce(g.old_seq, f.seq) seq,
       (extract(epoch from coalesce(g.old_at, f.at)) * 1000)::bigint at_ms,
       (g.old_seq is not null or g.nth > 1) repeated,
       replace(coalesce(g.old_digest, f.digest)::text, '-', '') digest,
       (select held from guard) held
from given g left join fresh f
  on f.conversation_id = g.conversation_id and f.sender_id = g.sender_id and f.key = g.key
order by g.ord)sql";

/// One new conversation; see the function of this name in the migrations.
inline constexpr const char* append_creates_sql =
    "select conversation_id, seq, at_ms, repeated, digest, held from "
    "create_conversation($1, $2, $3, $4::uuid, $5, $6::bigint[], $7::int, $8::int)";

/// A batch of entries of other kinds; see the function of this name in the migrations. Rows like those of
/// `append_messages_sql`; without a seq where an entry makes no sense.
inline constexpr const char* append_changes_sql =
    "select conversation_id, seq, at_ms, repeated, digest, held from append_changes($1::bigint[], "
    "$2::bigint[], $3::text[], $4::uuid[], $5::smallint[], $6::bigint[], $7::text[], $8::smallint[], "
    "$9::bigint[], $10::int, $11::int[])";

/// How far users have read. Parameters: arrays of conversation, user, seq; lock class; array of the
/// shards concerned. One row per item in input order: read_seq, moved, held. Who is no present member
/// keeps what they have.
inline constexpr const char* mark_read_sql = R"sql(
with guard as materialized (
  select bool_and(pg_try_advisory_xact_lock($4::int, s)) held from unnest($5::int[]) s),
given as materialized (
  select g.*, coalesce(b.read_seq, 0) old_seq, m.present is not null present
  from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality g(conversation_id, user_id, seq, ord)
  left join lateral (select true present from members m where m.conversation_id = g.conversation_id
                     and m.user_id = g.user_id and m.left_seq is null limit 1) m on true
  left join lateral (select i.read_seq from inbox i where i.user_id = g.user_id
                     and i.conversation_id = g.conversation_id limit 1) b on true),
stored as (
  insert into inbox as i (user_id, conversation_id, read_seq)
  select user_id, conversation_id, max(seq) from given
  where present and seq > old_seq and (select held from guard) group by user_id, conversation_id
  on conflict (user_id, conversation_id) do update set read_seq = excluded.read_seq
  where i.read_seq < excluded.read_seq),
reached as (
  select g.ord, g.old_seq, case when g.present then g.seq else 0 end seq,
         max(case when g.present then g.seq else 0 end) over (
           partition by g.conversation_id, g.user_id order by g.ord rows between unbounded preceding and 1 preceding) before
  from given g)
select greatest(r.old_seq, r.before, r.seq) read_seq, r.seq > greatest(r.old_seq, r.before) moved,
       (select held from guard) held
from reached r order by r.ord)sql";

}  // namespace parley
