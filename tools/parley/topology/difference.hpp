#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// An entity's actor that is another one in the later snapshot.
struct moved_actor {
  std::string kind;
  std::string entity;
  std::string from;
  std::string to;
};

/// A number that is not the same in both.
struct changed_count {
  std::string who;
  std::string what;  // handled, mailbox, …
  std::uint64_t before = 0;
  std::uint64_t after = 0;

  [[nodiscard]] std::uint64_t by() const { return after > before ? after - before : before - after; }
};

/// What differs from one snapshot to a later one. Actors are the same by their id, edges and flows by their
/// ends and type.
struct difference {
  std::string before_at;
  std::string after_at;
  std::vector<std::string> nodes_came;
  std::vector<std::string> nodes_gone;  // not there, missing, or in another life
  std::vector<actor> actors_came;
  std::vector<actor> actors_gone;
  std::vector<moved_actor> actors_moved;      // the same entity and kind, on another node
  std::vector<moved_actor> actors_restarted;  // the same entity and kind, another actor on the same node
  std::vector<edge> edges_came;
  std::vector<edge> edges_gone;
  std::vector<flow> flows_came;
  std::vector<flow> flows_gone;
  std::vector<changed_count> counts;  // the largest change first
};

difference difference_between(const snapshot& before, const snapshot& after);

json::object to_json(const difference& what);
/// For people; of each part a few lines.
std::string to_text(const difference& what);

}  // namespace parley::topology
