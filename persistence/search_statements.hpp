#pragma once

/// The index behind `search`: what is missing from it, and what is asked of it.
namespace parley::query {

/// Parameters: conversation id, most. Rows in the order of ids: conversation_id, behind.
inline constexpr const char* existing_conversations = R"sql(
select c.conversation_id, l.seq > coalesce(k.seq, 0) behind
from (select conversation_id from conversations where conversation_id > $1 order by conversation_id limit $2) c
left join search_cursor k on k.conversation_id = c.conversation_id
cross join lateral (select e.seq from entries e where e.conversation_id = c.conversation_id
                    order by e.seq desc limit 1) l
order by c.conversation_id)sql";

/// Parameters: from, until (both as text), most. The margin is longer than any commit takes: an entry
/// is stamped before it can be seen.
inline constexpr const char* written_conversations = R"sql(
select s.conversation_id
from (select distinct e.conversation_id from entries e
      where e.at >= $1::timestamptz - interval '60 seconds' and e.at < $2::timestamptz) s
left join search_cursor k on k.conversation_id = s.conversation_id
cross join lateral (select e.seq from entries e where e.conversation_id = s.conversation_id
                    order by e.seq desc limit 1) l
where l.seq > coalesce(k.seq, 0) order by s.conversation_id limit $3)sql";

/// Parameters: user, words, conversation (or null), at_ms, conversation and seq to go on below (or null),
/// most. Rows newest first, a deleted message with nulls behind its place.
inline constexpr const char* search = R"sql(
with mine as materialized (
  select m.conversation_id from inbox i
  join members m on m.conversation_id = i.conversation_id and m.user_id = i.user_id and m.left_seq is null
  where i.user_id = $1 and ($3::bigint is null or i.conversation_id = $3::bigint)),
found as materialized (
  select s.* from mine cross join lateral (
    select f.conversation_id, f.seq, f.at from search f
    where f.conversation_id = mine.conversation_id and f.tsv @@ query_of($2)
      and ($4::bigint is null or (f.at, f.conversation_id, f.seq)
           < (timestamptz 'epoch' + $4::bigint * interval '1 millisecond', $5::bigint, $6::bigint))
    order by f.seq desc limit $7) s
  order by s.at desc, s.conversation_id desc, s.seq desc limit $7)
select f.conversation_id, f.seq found_seq, (extract(epoch from f.at) * 1000)::bigint found_ms,
       e.seq, e.kind, e.shown, e.sender_id, e.key, e.target, e.body, e.at_ms
from found f
left join shown_entries e on e.conversation_id = f.conversation_id and e.seq = f.seq and e.shown <> 2
order by f.at desc, f.conversation_id desc, f.seq desc)sql";

}  // namespace parley::query
