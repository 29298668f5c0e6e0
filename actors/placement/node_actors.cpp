#include "actors/placement/node_actors.hpp"

#include <caf/all.hpp>
#include <utility>

#include "actors/forwarder/forwarder.hpp"
#include "actors/log_reader/log_reader.hpp"
#include "actors/log_writer/log_writer.hpp"
#include "actors/placement/history_watch.hpp"
#include "actors/placement/placement.hpp"
#include "actors/relay/relay.hpp"
#include "actors/search_indexer/search_indexer.hpp"
#include "actors/shard/shard.hpp"

namespace parley {

node_actors::node_actors(caf::actor_system& system, const node_record& self, node_ports ports,
                         blocking where_blocking)
    : system_(system), network_(ports.network) {
  auto where = std::make_shared<directory>();
  where_ = where;
  where->node = self.incarnation;
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
  if (network_) {
    const auto server = std::make_shared<call_server>();
    where->forwarder = system.spawn(forwarder, forwarder_setup{where_, server, {}});
    forwarding_ = std::make_shared<call_desk>(where_, server);
  }
  placement_setup decides{where_, status_, std::move(ports.registry), network_, self};
  placement_ = where_blocking == blocking::own_threads
                   ? system.spawn<caf::detached>(placement, std::move(decides))
                   : system.spawn(placement, std::move(decides));
  for (std::size_t i = 0; i < ports.writers.size(); ++i)
    where->writers.push_back(
        where_blocking == blocking::own_threads
            ? system.spawn<caf::detached>(log_writer, std::move(ports.writers[i]), i, placement_)
            : system.spawn(log_writer, std::move(ports.writers[i]), i, placement_));
  if (network_) {
    links_ = system.spawn(links, where_, link_listener{placement_}, network_, ports.link);
    ports.wires->go_to(links_);
    caf::anon_send(placement_, meet_peers{links_});
  }
  history_watch_ = system.spawn(history_watch, where_, status_);
  // Writers begin last, when everybody is there: with the locks they take, everything begins to move.
  for (const auto& writer : where->writers) caf::anon_send(writer, writer_tick{});
}

void node_actors::listens_at(std::string url) { caf::anon_send(placement_, node_listens{std::move(url)}); }

void node_actors::give_shards_away() { caf::anon_send(placement_, drain_node{}); }

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
  caf::anon_send(where_->forwarder, stop_actor{});
  if (links_) caf::anon_send(links_, stop_actor{});
  caf::anon_send(placement_, stop_actor{});
}

}  // namespace parley
