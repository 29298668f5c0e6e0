#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/contract/values/ports/operator_desk.hpp"
#include "transport/address_limits.hpp"
#include "transport/http_answers.hpp"
#include "transport/operator_topology.hpp"

namespace parley {

/// The calls below /v1/operator: accounts, the history of the log, the cluster (`operator_cluster`) and its
/// actors (`operator_topology`, `operator_traces`), for whoever has the operator's token. Knows no sockets.
class operator_api {
public:
  /// Without a desk everything is 404. It must outlive this object. `wrong_per_minute`: how many wrong tokens
  /// an address may show before it is told to wait (0: any number).
  operator_api(operator_desk* desk, std::uint32_t wrong_per_minute, topology_ways topology = {})
      : desk_(desk), wrong_tokens_(wrong_per_minute), topology_(std::move(topology)) {}

  /// Whether a path is one of these.
  static bool serves(std::string_view path) { return path.starts_with("/v1/operator/"); }
  /// Answers exactly once, now or later and then from another thread.
  void answer(const http_request& request, const std::string& peer, const http_responder& respond);

  /// Why whoever asks is not taken for the operator; nothing if it is the operator.
  std::optional<http_response> refuse_others(const http_request& request, const std::string& peer);

private:
  void list(const http_request& request, std::string_view query, const http_responder& respond);
  void change(const http_request& request, std::string_view what, const http_responder& respond);
  void begin_epoch(const http_request& request, const http_responder& respond);

  operator_desk* desk_;
  address_limits wrong_tokens_;
  topology_ways topology_;
};

}  // namespace parley
