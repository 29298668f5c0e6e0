#include <unordered_map>

#include "tests/simulation/history_index.hpp"

// Whose a shard is: never two are, and nobody else writes.
namespace parley::simulation {

void check_locks(history_index& index) {
  std::unordered_map<std::int32_t, int> holders;
  for (moment when = 0; when < index.records().size(); ++when) {
    const auto& what = index.records()[when].what;
    if (const auto* locked = std::get_if<happened::locked>(&what)) {
      for (const auto shard : locked->shards) {
        auto& holder = holders[shard.value];
        if (locked->taken && holder != 0 && holder != locked->backend)
          index.blame(when, "shard " + std::to_string(shard.value) + " has two owners");
        if (locked->taken) {
          holder = locked->backend;
        } else if (holder == locked->backend) {
          holder = 0;
        }
      }
    } else if (const auto* committed = std::get_if<happened::committed>(&what)) {
      const auto holder = holders[shard_of(committed->what.conversation).value];
      if (committed->backend != 0 && holder != committed->backend)
        index.blame(when, "written without the lock of its shard, which " +
                              (holder == 0 ? "nobody" : "backend " + std::to_string(holder)) + " holds");
    }
  }
}

}  // namespace parley::simulation
