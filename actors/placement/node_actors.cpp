#include "actors/placement/node_actors.hpp"

#include <caf/all.hpp>
#include <utility>

#include "actors/log_reader/log_reader.hpp"
#include "actors/log_writer/log_writer.hpp"
#include "actors/placement/history_watch.hpp"
#include "actors/placement/placement.hpp"
#include "actors/relay/relay.hpp"
#include "actors/search_indexer/search_indexer.hpp"
#include "actors/shard/shard.hpp"

namespace parley {

node_actors::node_actors(caf::actor_system& system, incarnation_id node, node_ports ports,
                         blocking where_blocking)
    : system_(system) {
  auto where = std::make_shared<directory>();
  where_ = where;
  where->node = node;
  where->devices_max = ports.devices_max;
  where->answers_within = ports.request_timeout;
  if (ports.index)
    where->indexer = where_blocking == blocking::own_threads
                         ? system.spawn<caf::detached>(search_indexer, std::move(ports.index))
                         : system.spawn(search_indexer, std::move(ports.index));
  for (auto& log : ports.readers)
    where->readers.push_back(where_blocking == blocking::own_threads
                                 ? system.spawn<caf::detached>(log_reader, std::move(log), where_)
                                 : system.spawn(log_reader, std::move(log), where_));
  const auto shard_of_node = [&](std::int32_t index) {
    shard_setup setup{.index = {index}, .where = where_};
    setup.members_max = ports.group_members_max;
    setup.presence_grace = ports.presence_grace;
    return setup;
  };
  for (std::int32_t i = 0; i < shard_count; ++i)
    where->shards[static_cast<std::size_t>(i)] = system.spawn(shard, shard_of_node(i));
  where->relay = system.spawn(relay, where_, std::move(ports.codec));
  placement_ = system.spawn(placement, where_, status_);
  // Writers start last: with the locks they take, everything begins to move.
  const auto writers = ports.writers.size();
  std::vector<std::vector<shard_index>> shards(writers);
  for (std::int32_t i = 0; i < shard_count; ++i) shards[static_cast<std::size_t>(i) % writers].push_back({i});
  where->writers.resize(writers);
  for (std::size_t i = 0; i < writers; ++i)
    where->writers[i] =
        where_blocking == blocking::own_threads
            ? system.spawn<caf::detached>(log_writer, std::move(ports.writers[i]), std::move(shards[i]),
                                          placement_)
            : system.spawn(log_writer, std::move(ports.writers[i]), std::move(shards[i]), placement_);
  history_watch_ = system.spawn(history_watch, where_, status_);
}

void node_actors::drain(std::chrono::milliseconds retry_after) {
  caf::anon_send(where_->relay, drain_sessions{retry_after});
}

std::optional<std::size_t> node_actors::count_sessions(std::chrono::milliseconds within) const {
  caf::scoped_actor asking{system_};
  std::optional<std::size_t> count;
  asking->request(where_->relay, within, parley::count_sessions{})
      .receive([&](std::uint64_t sessions) { count = sessions; }, [](const caf::error&) {});
  return count;
}

void node_actors::stop() {
  caf::anon_send(history_watch_, stop_actor{});
  caf::anon_send(where_->relay, stop_actor{});
  for (const auto& actor : where_->writers) caf::anon_send(actor, stop_actor{});
  for (const auto& actor : where_->shards) caf::anon_send(actor, stop_actor{});
  for (const auto& actor : where_->readers) caf::anon_send(actor, stop_actor{});
  if (where_->indexer) caf::anon_send(where_->indexer, stop_actor{});
  caf::anon_send(placement_, stop_actor{});
}

}  // namespace parley
