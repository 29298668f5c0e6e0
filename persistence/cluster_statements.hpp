#pragma once

#include <string>

namespace parley {

/// The advisory lock of a node's name is (node_lock_class, hash of the name), held by its registry
/// connection.
inline constexpr int node_lock_class = 0x7061726e;

/// What a row of `look` and `beat` tells; its columns are what, id, texts, numbers, list.
enum class cluster_row : int {
  cluster = 0,  // numbers: the time
  node = 1,     // id: its incarnation; texts, numbers: see `node_columns`; list: links
  holder = 2,   // texts: the name of a connection; list: the shards whose locks its backend holds
  since = 3,    // id: an incarnation; numbers: when it took the shards in the list
  beating = 4,  // texts: the names of the connections over which nodes beat
};

namespace cluster_sql {

inline constexpr const char* node_columns = R"sql(
  1 what, n.incarnation id, array[n.name, n.address, n.url, n.version] texts,
  array[n.state::bigint, n.drain_wanted::int::bigint, n.beat, (extract(epoch from n.beat_at) * 1000)::bigint,
        (extract(epoch from n.started_at) * 1000)::bigint, n.sessions, n.conversations, n.messages,
        n.commit_p99_us] || n.link_lags numbers, n.links list)sql";

/// What there is beside the nodes. `lock_class`: of the shards' locks.
inline std::string surroundings(int lock_class) {
  return R"sql(
union all
select 0, 0, null, array[(extract(epoch from clock_timestamp()) * 1000)::bigint], null
union all
select 2, 0, array[a.application_name], null, l.held
from (select pid, array_agg(objid::bigint) held from pg_locks
      where locktype = 'advisory' and granted and objsubid = 2 and classid = )sql" +
         std::to_string(lock_class) + R"sql(::oid
        and database = (select oid from pg_database where datname = current_database())
      group by pid) l
join pg_stat_activity a on a.pid = l.pid
union all
select 3, owner, null, array[(extract(epoch from since) * 1000)::bigint], array_agg(shard::bigint)
from shards group by owner, since
union all
select 4, 0, array_agg(application_name), null, null from pg_stat_activity
where datname = current_database() and right(application_name, 9) = ' registry')sql";
}

/// Looks around.
inline std::string look(int lock_class) {
  return std::string("select") + node_columns + " from nodes n" + surroundings(lock_class);
}

/// The same, and counts a beat, all in one statement. Parameters: incarnation, name, address, url, version,
/// state, links, drain_wanted, started_at in milliseconds (0: now), and the five figures. A row that was
/// lost, with a database that was put back, is made again.
inline std::string beat(int lock_class) {
  return std::string(R"sql(
with beaten as (
  insert into nodes as n (incarnation, name, address, url, version, state, links, drain_wanted, started_at,
                          sessions, conversations, messages, commit_p99_us, link_lags)
  values ($1::bigint, $2, $3, $4, $5, $6::smallint, $7::bigint[], $8::boolean,
          coalesce(to_timestamp(nullif($9::bigint, 0) / 1000.0), clock_timestamp()),
          $10::bigint, $11::bigint, $12::bigint, $13::bigint, $14::bigint[])
  on conflict (incarnation) do update set
    address = excluded.address, url = excluded.url, version = excluded.version, state = excluded.state,
    links = excluded.links, beat = n.beat + 1, beat_at = clock_timestamp(), sessions = excluded.sessions,
    conversations = excluded.conversations, messages = excluded.messages,
    commit_p99_us = excluded.commit_p99_us, link_lags = excluded.link_lags
  returning *)
select)sql") +
         node_columns + " from beaten n union all select" + node_columns +
         " from nodes n where n.incarnation <> $1" + surroundings(lock_class);
}

}  // namespace cluster_sql

/// Conversations with entries younger than a time, the newest first, and who joined them since. `@` stands
/// for the time in milliseconds: as a literal it lets the planner see how little that is.
inline constexpr const char* written_since_sql = R"sql(
with young as materialized (
  select conversation_id, max(seq) head, max(at) latest, min(seq) filter (where kind in (1, 5)) joined_from
  from entries where at >= to_timestamp(@ / 1000.0) group by conversation_id)
select y.conversation_id, y.head,
       case when y.joined_from is not null then array(
         select m.user_id from members m where m.conversation_id = y.conversation_id
           and m.joined_seq >= y.joined_from and m.left_seq is null) end
from young y order by y.latest desc)sql";
/// For its transaction: without these a plan that reads the whole log may look cheap.
inline constexpr const char* written_since_settings =
    "set local enable_seqscan = off; set local enable_indexscan = off; set local enable_indexonlyscan = off; "
    "set local jit = off";

/// Notes who has shards. Parameters: array of shards, incarnation.
inline constexpr const char* note_taken_sql = R"sql(
insert into shards (shard, owner, since) select s, $2::bigint, now() from unnest($1::int[]) s
on conflict (shard) do update set owner = excluded.owner, since = excluded.since)sql";

}  // namespace parley
