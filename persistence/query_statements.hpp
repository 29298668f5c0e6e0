#pragma once

/// The reads of `log_queries`, each one statement; what a user may see is part of the statement.
namespace parley::query {

inline constexpr const char* identify =
    "select t.token_id, u.user_id, u.name, t.used_at < now() - interval '1 day' stale from tokens t join "
    "users u using (user_id) "
    "where t.hash = $1::bytea and t.used_at > now() - interval '90 days' and not u.disabled";

inline constexpr const char* load_conversation =
    "select c.kind, c.name, coalesce((select e.seq from entries e where e.conversation_id = "
    "c.conversation_id "
    "order by e.seq desc limit 1), 0) head, m.user_id, m.role, m.joined_seq, "
    "c.kind = 0 and exists (select from blocks b join members o on o.conversation_id = c.conversation_id and "
    "o.user_id = b.blocker_id where b.blocked_id = m.user_id) blocked "
    "from conversations c left join members m on m.conversation_id = c.conversation_id and m.left_seq is "
    "null "
    "where c.conversation_id = $1 order by m.user_id";

inline constexpr const char* find_repeat =
    "select conversation_id, seq, (extract(epoch from at) * 1000)::bigint at_ms, replace(digest::text, '-', "
    "'') digest "
    "from entries where conversation_id = $1 and sender_id = $2 and key = $3 collate \"C\"";

inline constexpr const char* find_direct =
    "select e.conversation_id, e.seq, (extract(epoch from e.at) * 1000)::bigint at_ms, $3::text digest "
    "from direct d join entries e on e.conversation_id = d.conversation_id and e.seq = 1 "
    "where d.low = $1 and d.high = $2";

inline constexpr const char* find_created =
    "select e.conversation_id, e.seq, (extract(epoch from e.at) * 1000)::bigint at_ms, "
    "replace(c.digest::text, '-', '') digest from created c join entries e on e.conversation_id = "
    "c.conversation_id and "
    "e.seq = 1 where c.sender_id = $1 and c.key = $2 collate \"C\"";

inline constexpr const char* conversations_of =
    "select m.conversation_id, l.seq head, m.joined_seq from inbox i "
    "join members m on m.conversation_id = i.conversation_id and m.user_id = i.user_id and m.left_seq is "
    "null "
    "cross join lateral (select e.seq, e.at from entries e where e.conversation_id = i.conversation_id "
    "order by e.seq desc limit 1) l where i.user_id = $1 order by l.at desc, m.conversation_id desc";

/// Parameters: user, conversations, haves, tail, bytes of a page. Rows: one per conversation and entry (entry
/// columns null when there is none), in the order given, ascending. What certainly lies beyond the page is
/// not fetched: the newest entries of the first conversations count first.
inline constexpr const char* views = R"sql(
select v.* from (
  select w.ord, c.conversation_id, c.kind, c.name, l.seq head, i.read_seq,
         least(100, l.number - coalesce(r.number, 0)) unread, m.joined_seq, p.member_count,
         w.have > l.seq reset, t.seq, t.kind entry_kind, t.shown, t.sender_id, t.key, t.target, t.body, t.at_ms,
         sum(coalesce(octet_length(t.body), 0)) over (order by w.ord, t.seq desc)
           - coalesce(octet_length(t.body), 0) bytes_before
  from unnest($2::bigint[], $3::bigint[]) with ordinality w(conversation_id, have, ord)
  join conversations c on c.conversation_id = w.conversation_id
  join members m on m.conversation_id = w.conversation_id and m.user_id = $1 and m.left_seq is null
  join inbox i on i.conversation_id = w.conversation_id and i.user_id = $1
  cross join lateral (select count(*) member_count from members o
                      where o.conversation_id = w.conversation_id and o.left_seq is null) p
  cross join lateral (select e.seq, e.number from entries e where e.conversation_id = w.conversation_id
                      order by e.seq desc limit 1) l
  left join entries r on r.conversation_id = w.conversation_id and r.seq = i.read_seq
  left join lateral (
    select e.seq, e.kind, e.shown, e.sender_id, e.key, e.target, e.body, e.at_ms
    from shown_entries e where e.conversation_id = w.conversation_id and e.seq <= l.seq
      and e.seq > case when w.have > l.seq then 0 else w.have end
    order by e.seq desc limit $4) t on true) v
where v.bytes_before <= $5 order by v.ord, v.seq)sql";

inline constexpr const char* view_members =
    "select x.conversation_id, x.user_id, u.name, x.role, coalesce(i.read_seq, 0) read_seq from ("
    "select m.conversation_id, m.user_id, m.role, row_number() over (partition by m.conversation_id order by "
    "m.user_id) n "
    "from members m where m.conversation_id = any($1::bigint[]) and m.left_seq is null) x "
    "join users u on u.user_id = x.user_id "
    "left join inbox i on i.user_id = x.user_id and i.conversation_id = x.conversation_id "
    "where x.n <= 200 order by x.conversation_id, x.user_id";

/// Rows of members after a user id; a row with nulls says that the asker is a member and nobody follows.
inline constexpr const char* members =
    "select x.user_id, x.name, x.role, x.read_seq from members me left join lateral ("
    "select m.user_id, u.name, m.role, coalesce(i.read_seq, 0) read_seq from members m join users u on "
    "u.user_id = m.user_id "
    "left join inbox i on i.user_id = m.user_id and i.conversation_id = m.conversation_id "
    "where m.conversation_id = me.conversation_id and m.left_seq is null and m.user_id > $3 order by "
    "m.user_id limit 201) x on true "
    "where me.conversation_id = $2 and me.user_id = $1 and me.left_seq is null order by x.user_id";

/// The pages of a log. Parameters: user, conversation, place, entries and bytes of a page. One row with nulls
/// says that there is nothing there for this member. The entry that fills the page is fetched, none after it.
inline constexpr const char* history_before = R"sql(
select y.* from members me left join lateral (
  select x.*, sum(coalesce(octet_length(x.body), 0)) over (order by x.seq desc)
                - coalesce(octet_length(x.body), 0) bytes_before
  from (select seq, kind, shown, sender_id, key, target, body, at_ms from shown_entries
        where conversation_id = me.conversation_id and seq < $3 order by seq desc limit $4) x) y
  on y.bytes_before <= $5
where me.conversation_id = $2 and me.user_id = $1 and me.left_seq is null order by y.seq desc)sql";

inline constexpr const char* history_after = R"sql(
select y.* from members me left join lateral (
  select x.*, sum(coalesce(octet_length(x.body), 0)) over (order by x.seq)
                - coalesce(octet_length(x.body), 0) bytes_before
  from (select seq, kind, shown, sender_id, key, target, body, at_ms from shown_entries
        where conversation_id = me.conversation_id and seq > $3 order by seq limit $4) x) y
  on y.bytes_before <= $5
where me.conversation_id = $2 and me.user_id = $1 and me.left_seq is null order by y.seq)sql";

inline constexpr const char* is_member =
    "select exists (select from members where conversation_id = $2 and user_id = $1 and left_seq is null)";

inline constexpr const char* entries_after = R"sql(
select y.* from members me left join lateral (
  select x.*, sum(coalesce(octet_length(x.body), 0)) over (order by x.seq)
                - coalesce(octet_length(x.body), 0) bytes_before
  from (select seq, kind, shown, sender_id, key, target, body, at_ms from shown_entries
        where conversation_id = me.conversation_id and seq > $3
        and (me.left_seq is null or seq <= me.left_seq) order by seq limit $4) x) y
  on y.bytes_before <= $5
where me.conversation_id = $2 and me.user_id = $1 order by y.seq)sql";

inline constexpr const char* known_users =
    "select user_id, name from users where user_id = any($1::bigint[]) order by user_id";

inline constexpr const char* find_users =
    "select user_id, name from users where lower(name) like $1 and not disabled order by lower(name) using "
    "~<~ limit $2";

}  // namespace parley::query
