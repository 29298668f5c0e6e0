#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/topology/model.hpp"

namespace parley::topology {

/// An actor of one node started or stopped.
struct change {
  std::uint64_t n = 0;  // dense on its node
  std::string at;       // by the node's clock
  bool is_start = false;
  std::string id;
  std::string kind;
  std::string entity;  // empty: it stands for none
  std::optional<std::uint64_t> shard;
  std::string parent;
  std::string reason;  // of a stop
};

/// What one node says of what happened after a number.
struct node_changes {
  std::string node;
  std::string incarnation;
  std::uint64_t last = 0;
  std::uint64_t lost = 0;  // how many of those asked for it has forgotten
  std::vector<change> changes;
};

/// The answer of `GET /v1/operator/topology/changes`; a problem names the member that is wrong.
client::outcome<node_changes> read_changes(const json::value& value);

}  // namespace parley::topology
