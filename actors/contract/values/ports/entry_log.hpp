#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/shard.hpp"

namespace parley {

/// One request for the log: its entries are written together or not at all.
struct append_item {
  conversation_id conversation;  // for a `create`: the id it shall have unless it exists already
  user_id sender;
  shared_draft draft;
};

/// What became of one item.
struct append_result {
  enum class status : std::uint8_t {
    written,      // committed now
    repeated,     // the same key with the same content stands in the log already, at `seq`
    conflicting,  // the same key stands there with another content; nothing was written
    refused,      // the database cannot store it; nothing was written
  };
  status what = status::refused;
  conversation_id conversation;  // for a repeated `create`: the one that exists
  sequence seq = 0;
  timestamp_ms at = 0;
};

/// Why a whole batch has no results. In every case the conversations concerned start again from the
/// log, and the requests come again with their keys.
enum class log_failure : std::uint8_t {
  disconnected,  // the connection broke or hung: the shards are lost, the outcome is unknown
  fenced,        // somebody else holds a shard's lock: nothing was written, the shards are lost
  contradicted,  // a unique key was violated: somebody's view of the log was stale; nothing was written
};

template <class T>
using log_outcome = boost::system::result<T, log_failure>;
[[noreturn]] inline void throw_exception_from_error(log_failure /*problem*/,
                                                    const boost::source_location& /*where*/) {
  throw std::logic_error("value() of a failed batch");
}

/// One writer connection to the log. Entries of a shard are written only over the connection that holds
/// the shard's lock. Calls block; one thread uses it (a detached actor).
class entry_log {
public:
  /// The batch a caller should not exceed.
  static constexpr std::size_t batch_entries_max = 500;
  static constexpr std::size_t batch_bytes_max = 4U * 1'048'576U;

  virtual ~entry_log() = default;
  /// Opens the connection anew: ends the backend of the previous one and waits for its end, then takes
  /// the locks of `shards`, each once. All or none; the failure (`unavailable`: try again; `conflict`:
  /// held by somebody else, named in the message) says why.
  virtual outcome<void> acquire(std::span<const shard_index> shards) = 0;
  /// Commits a batch; results in the order of the items. Items of one conversation take effect in order.
  virtual log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) = 0;
  /// Looks whether the connection still stands, without blocking; for times without batches.
  virtual bool alive() = 0;
  /// Gives the locks back and closes; also from the destructor.
  virtual void release() = 0;
};

}  // namespace parley
