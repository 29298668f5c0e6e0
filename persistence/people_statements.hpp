#pragma once

/// What is kept by user, and what people may see of each other; each one statement.
namespace parley::query {

inline constexpr const char* find_message =
    "select sender_id, shown = 2 deleted from entries where conversation_id = $1 and seq = $2 and kind = 2";

/// Parameters: viewer, users.
inline constexpr const char* visible_presence = R"sql(
with shared as materialized (
  select distinct o.user_id from inbox i
  join members me on me.conversation_id = i.conversation_id and me.user_id = i.user_id and me.left_seq is null
  join members o on o.conversation_id = i.conversation_id and o.left_seq is null
  where i.user_id = $1 and o.user_id = any($2::bigint[]))
select u.user_id, u.online, (extract(epoch from u.last_seen) * 1000)::bigint last_seen_ms
from users u
where u.user_id = any($2::bigint[]) and (u.user_id = $1 or u.user_id in (select user_id from shared))
  and not exists (select from blocks b where b.blocker_id = u.user_id and b.blocked_id = $1)
order by u.user_id)sql";

/// Parameters: user, online, milliseconds since then. `last_seen` is only of who went.
inline constexpr const char* store_presence = R"sql(
with moment as (select date_trunc('milliseconds', clock_timestamp()) - $3::bigint * interval '1 millisecond' as at)
update users u set online = $2::boolean, last_seen = case when $2::boolean then u.last_seen else m.at end
from moment m where u.user_id = $1 returning (extract(epoch from m.at) * 1000)::bigint at_ms)sql";

inline constexpr const char* direct_conversation =
    "select conversation_id from direct where low = least($1::bigint, $2::bigint) and high = "
    "greatest($1::bigint, $2::bigint)";

/// Parameters: blocker, blocked, how many one may block. Row: known, blocked.
inline constexpr const char* block = R"sql(
with known as materialized (select exists (select from users where user_id = $2) yes),
already as materialized (select exists (select from blocks where blocker_id = $1 and blocked_id = $2) yes),
added as (
  insert into blocks (blocker_id, blocked_id)
  select $1, $2 from known, already
  where known.yes and not already.yes and (select count(*) from blocks where blocker_id = $1) < $3::bigint
  on conflict do nothing returning 1)
select known.yes known, already.yes or exists (select from added) blocked from known, already)sql";

inline constexpr const char* unblock = "delete from blocks where blocker_id = $1 and blocked_id = $2";

/// Parameters: from, to. Row: share, blocked.
inline constexpr const char* may_signal = R"sql(
select $1::bigint = $2::bigint or exists (
         select from inbox i
         join members me on me.conversation_id = i.conversation_id and me.user_id = i.user_id and me.left_seq is null
         join members o on o.conversation_id = i.conversation_id and o.user_id = $2 and o.left_seq is null
         where i.user_id = $1) share,
       exists (select from blocks where blocker_id = $2 and blocked_id = $1) blocked)sql";

}  // namespace parley::query
