#include "actors/link/links.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <utility>

namespace parley {

links_state::behavior_type links_state::make_behavior(std::shared_ptr<const directory> where,
                                                      link_listener placement,
                                                      std::shared_ptr<peer_network> network,
                                                      link_options options) {
  where_ = std::move(where);
  placement_ = std::move(placement);
  network_ = std::move(network);
  options_ = options;
  return {
      [this](const peers_known& news) { know(news); },
      [this](const wire_opened& news) {
        if (!links_.contains(news.peer)) return news.way->close();
        pass_on(news);
      },
      [this](const wire_received& news) { pass_on(news); },
      [this](const wire_closed& news) { pass_on(news); },
      [this](const wire_failed& news) { pass_on(news); },
      [this](const stop_actor&) { stop(); },
  };
}

void links_state::know(const peers_known& news) {
  std::erase_if(links_, [&](const auto& each) {
    const bool gone =
        std::ranges::find(news.peers, each.first, &peer_address::incarnation) == news.peers.end();
    if (gone) caf::anon_send(each.second, stop_actor{});
    return gone;
  });
  // First who may connect, then whom we connect to: two nodes that learn of each other at the same time.
  network_->expect(news.peers);
  for (const auto& peer : news.peers)
    if (!links_.contains(peer.incarnation))
      links_.emplace(peer.incarnation,
                     self()->spawn(link, link_setup{peer, where_, placement_, network_, options_}));
  std::vector<routes::peer> ways;
  for (const auto& [incarnation, way] : links_) ways.push_back({incarnation, way});
  where_->ways.set_peers(std::move(ways));
}

template <class News>
void links_state::pass_on(const News& news) const {
  const auto known = links_.find(news.peer);
  if (known != links_.end()) caf::anon_send(known->second, news);
}

void links_state::stop() {
  where_->ways.set_peers({});
  for (const auto& [incarnation, way] : links_) caf::anon_send(way, stop_actor{});
  links_.clear();
  network_->stop();
  self()->quit();
}

links_actor::behavior_type links(links_state::self_pointer self, std::shared_ptr<const directory> where,
                                 link_listener placement, std::shared_ptr<peer_network> network,
                                 link_options options) {
  return self->state.make_behavior(std::move(where), std::move(placement), std::move(network), options);
}

void wire_news::go_to(links_actor keeper) {
  const std::scoped_lock lock{mutex_};
  keeper_ = std::move(keeper);
}

template <class News>
void wire_news::tell(News news) {
  const std::scoped_lock lock{mutex_};
  if (keeper_) caf::anon_send(keeper_, std::move(news));
}

void wire_news::opened(incarnation_id peer, std::uint64_t connection, std::shared_ptr<wire> way) {
  tell(wire_opened{peer, connection, std::move(way)});
}

void wire_news::received(incarnation_id peer, std::uint64_t connection, std::string bytes) {
  tell(wire_received{peer, connection, std::move(bytes)});
}

void wire_news::closed(incarnation_id peer, std::uint64_t connection) { tell(wire_closed{peer, connection}); }

void wire_news::failed(incarnation_id peer, std::string why) { tell(wire_failed{peer, std::move(why)}); }

}  // namespace parley
