#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "tools/parley/view/log_entry.hpp"

namespace parley::view {

/// How much of a conversation is kept.
struct view_capacity {
  std::size_t entries_max = 1'000;
  std::size_t bytes_max = 4UL << 20U;
};

/// A client's view of one log: however entries come (pushed, synced, read; late, twice, out of order), they
/// are handed out once each, in order. A hole is visible, and says what to read.
class conversation_view {
public:
  explicit conversation_view(view_capacity capacity = {}) : capacity_(capacity) {}

  /// Whether it knows where in the log it stands. Before, entries are only kept waiting.
  bool is_anchored() const { return is_anchored_; }
  /// Begins with these entries (ascending, without a hole, the newest last), or forgets what it had and
  /// begins anew. None: with the beginning of the log.
  void anchor(const std::vector<log_entry>& newest);
  /// Takes an entry from anywhere.
  void take(log_entry entry);
  /// The log goes up to here, somebody said.
  void expect(std::uint64_t head);

  /// All entries up to this one are known: what `sync` calls `have`.
  std::uint64_t have() const { return have_; }
  /// After which entry to read, when entries are known to exist that are not here.
  std::optional<std::uint64_t> missing_after() const;
  /// The log was read to its visible end without finding what was expected: it is not for this user.
  void expect_no_more();

  /// The next entry in order that was not handed out, or none.
  const log_entry* next() const;
  /// `next()` was shown.
  void was_shown();
  /// Everything here counts as shown, but the last `count` entries.
  void rewind(std::size_t count);
  /// The last entry that was shown, 0 before the first.
  std::uint64_t shown() const { return shown_; }
  /// How many entries before `next()` were let go before they were shown.
  std::uint64_t lost_to_capacity() const;

  /// Another bound, for a conversation that is looked at or not any more.
  void resize(view_capacity capacity);
  const std::deque<log_entry>& entries() const { return entries_; }

private:
  void append(log_entry entry);
  void apply(const log_entry& change);
  void shrink();

  view_capacity capacity_;
  std::deque<log_entry> entries_;               // dense, the last is `have_`
  std::map<std::uint64_t, log_entry> waiting_;  // behind a hole
  std::size_t bytes_ = 0;
  std::uint64_t have_ = 0;
  std::uint64_t head_ = 0;
  std::uint64_t shown_ = 0;
  bool is_anchored_ = false;
};

}  // namespace parley::view
