#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "actors/contract/interfaces/directory.hpp"
#include "actors/contract/interfaces/link_actor.hpp"
#include "actors/contract/interfaces/local_only.hpp"
#include "actors/contract/values/ports/peer_network.hpp"
#include "actors/inspection/metered.hpp"
#include "actors/link/link.hpp"

namespace parley {

class links_state : public metered_state<links_actor, links_state> {
public:
  static inline const char* name = "links";

  explicit links_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior(std::shared_ptr<const directory> where, link_listener placement,
                              std::shared_ptr<peer_network> network, link_options options);

private:
  void know(const peers_known& news);
  void stop();
  /// What the network says of a peer goes to its link.
  template <class News>
  void pass_on(const News& news) const;

  std::shared_ptr<const directory> where_;
  link_listener placement_;
  std::shared_ptr<peer_network> network_;
  link_options options_;
  std::unordered_map<incarnation_id, link_actor> links_;
};

/// Keeps one link per life of a peer, as placement says who there is.
links_actor::behavior_type links(links_state::self_pointer self, std::shared_ptr<const directory> where,
                                 link_listener placement, std::shared_ptr<peer_network> network,
                                 link_options options);

/// Hands what the network tells to the links' keeper, once there is one. Nothing is lost before: a network
/// has no connections until the keeper has told it whom to expect.
class wire_news : public wire_events {
public:
  void go_to(links_actor keeper);
  void opened(incarnation_id peer, std::uint64_t connection, std::shared_ptr<wire> way) override;
  void received(incarnation_id peer, std::uint64_t connection, std::string bytes) override;
  void closed(incarnation_id peer, std::uint64_t connection) override;
  void failed(incarnation_id peer, std::string why) override;

private:
  template <class News>
  void tell(News news);

  std::mutex mutex_;
  links_actor keeper_;
};

}  // namespace parley
