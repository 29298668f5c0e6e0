#pragma once

#include <span>
#include <vector>

#include "actors/contract/values/cluster.hpp"
#include "actors/contract/values/failure.hpp"

namespace parley {

/// A node's place among the others, kept in the database: no node asks another one who is there. Calls
/// block; one thread uses it (a detached actor). Every failure is `unavailable` unless said otherwise; a
/// connection that broke is opened anew by the next call.
class cluster_registry {
public:
  virtual ~cluster_registry() = default;
  /// Takes the node's name for this life of it, for as long as the connection stands, and looks around.
  /// `conflict`, naming the holder: another process has the name.
  virtual outcome<cluster_view> join(const node_record& self) = 0;
  /// Counts the own beat up, stores what others shall know of this node, and looks around. `conflict`:
  /// the connection had to be opened anew, and another process has the name by now.
  virtual outcome<cluster_view> beat(const node_record& self) = 0;
  /// Looks around without a beat.
  virtual outcome<cluster_view> look() = 0;
  /// Ends all writer backends of a dead node's life, and waits for their end, so that its locks are free.
  virtual outcome<void> end_writers(incarnation_id dead) = 0;
  /// Conversations of these shards with entries younger than `since`. Asked after their locks were taken,
  /// in a statement of its own, it sees whatever an earlier owner committed.
  virtual outcome<std::vector<recent_write>> written_since(std::span<const shard_index> shards,
                                                           timestamp_ms since) = 0;
  /// Notes that this node has these shards from now on. A hint for operators: the locks decide.
  virtual outcome<void> note_taken(std::span<const shard_index> shards, incarnation_id owner) = 0;
  /// Takes the row of a life that is over out of the registry.
  virtual outcome<void> forget(incarnation_id gone) = 0;
  /// The node ends in good order: its row goes, its name is free.
  virtual void leave() = 0;
};

}  // namespace parley
