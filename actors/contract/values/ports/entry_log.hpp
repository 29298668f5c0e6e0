#pragma once

#include <cstdint>
#include <optional>
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
  user_id successor;  // of a `leave` by the last owner: who becomes owner just before it, if anybody
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
  sequence seq = 0;  // of a `leave` with a successor: the leave's; the `role` entry is the one before
  timestamp_ms at = 0;
};

/// How far a user has read, to be kept.
struct read_item {
  conversation_id conversation;
  user_id user;
  sequence seq = 0;
};
struct read_result_item {
  sequence seq = 0;    // how far the user has read now; never less than before
  bool moved = false;  // whether that is news
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

/// Which locks a connection holds of those that were asked for.
struct locks_taken {
  std::vector<shard_index> taken;
  /// Why not the others, if there are any: `conflict`, naming a holder; `unavailable`, a holder has just
  /// gone.
  std::optional<failure> why_not_all;
};

/// One writer connection to the log. Entries of a shard are written only over the connection that holds
/// the shard's lock. Calls block; one thread uses it (a detached actor). Whoever's call fails opens it anew
/// before any other, and has lost all locks.
class entry_log {
public:
  /// The batch a caller should not exceed.
  static constexpr std::size_t batch_entries_max = 500;
  static constexpr std::size_t batch_bytes_max = 4U * 1'048'576U;

  virtual ~entry_log() = default;
  /// Opens the connection anew, without a lock: ends the backend of the previous one and waits for its end.
  /// `unavailable`: try again.
  virtual outcome<void> open() = 0;
  /// Tries the locks of these shards, those not held already, and waits for none of them. A failure: the
  /// connection broke, or an earlier one of this very writer holds a lock, which the next `open` ends.
  virtual outcome<locks_taken> take(std::span<const shard_index> shards) = 0;
  /// Gives the locks of these shards back, those that are held.
  virtual outcome<void> give_back(std::span<const shard_index> shards) = 0;
  /// Commits a batch; results in the order of the items. Items of one conversation take effect in order.
  /// For `edit` and `erase` the text shown from now on is stored with the entry; for `join`, `leave`,
  /// `role` and `rename` the members and the name are. The caller has made sure that they make sense.
  virtual log_outcome<std::vector<append_result>> append(std::span<const append_item> batch) = 0;
  /// Keeps how far users have read; results in the order of the items. Needs the shards' locks like
  /// `append`, and fails like it; `contradicted` does not occur.
  virtual log_outcome<std::vector<read_result_item>> mark_read(std::span<const read_item> batch) {
    return std::vector<read_result_item>(batch.size());
  }
  /// The database's own name for its history, as it was when the connection was opened; see `log_queries`.
  [[nodiscard]] virtual std::string epoch() const { return {}; }
  /// Looks whether the connection still stands, without blocking; for times without batches.
  virtual bool alive() = 0;
  /// Closes, which gives all locks back; also from the destructor.
  virtual void release() = 0;
};

}  // namespace parley
