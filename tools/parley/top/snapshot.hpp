#pragma once

#include <string>

#include "tools/parley/topology/model.hpp"
#include "tools/parley/topology/moment.hpp"

// The snapshot that this view shows is that of `parley topology`, under shorter names.

namespace parley::top {

using topology::actor;
using topology::edge;
using topology::kind_count;
using topology::moment_of;
using topology::node_of;
using topology::node_part;
using topology::read_snapshot;
using topology::snapshot;
using topology::times;

/// The time of day in a moment, `17:42:03`, or the text when it is none.
inline std::string clock_of(const std::string& moment) {
  return moment_of(moment) ? moment.substr(11, 8) : moment;
}

}  // namespace parley::top
