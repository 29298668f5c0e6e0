#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tools/parley/topology/asked_cluster.hpp"
#include "tools/parley/trace/span.hpp"

namespace parley::trace {

/// Which requests are traced.
struct sampling_wish {
  double sample = 1;         // the probability, above 0 to 1
  std::string conversation;  // empty: any
  std::string session;       // empty: any
  std::string node;          // that has the session, since each numbers its own; empty: any
};

/// The traces of a cluster, asked for through any of its nodes. While it lives and samples, it renews that;
/// its end is the end of sampling too.
class asked_traces {
public:
  static client::outcome<asked_traces> with(const commands::operator_options& options, bool names);
  ~asked_traces();
  asked_traces(asked_traces&& other) noexcept;
  asked_traces& operator=(asked_traces&&) = delete;
  asked_traces(const asked_traces&) = delete;
  asked_traces& operator=(const asked_traces&) = delete;

  /// Passes over all that is recorded already.
  client::outcome<void> skip_what_was();
  /// Has all nodes trace these requests, until `stop_sampling`. Nodes that do not are said on stderr.
  client::outcome<void> sample(sampling_wish wish);
  /// Renews the wish when it is time.
  client::outcome<void> keep_sampling();
  client::outcome<void> stop_sampling();
  /// What was recorded since the last time.
  client::outcome<collection> next();

private:
  asked_traces(topology::asked_cluster cluster, bool names) : cluster_(std::move(cluster)), names_(names) {}
  client::outcome<json::object> call(std::string_view method, const std::string& path,
                                     const std::optional<json::value>& body);

  topology::asked_cluster cluster_;
  bool names_;
  std::string cursor_;
  std::optional<sampling_wish> wish_;
  std::chrono::steady_clock::time_point renew_at_;
};

}  // namespace parley::trace
