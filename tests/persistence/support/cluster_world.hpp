#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "actors/contract/values/ports/cluster_registry.hpp"
#include "actors/contract/values/ports/entry_log.hpp"

namespace parley::testing {

/// A database that nodes share: the real one, or the one in memory that simulations use. What is told of
/// both is tested on both.
class cluster_world {
public:
  virtual ~cluster_world() = default;
  virtual std::unique_ptr<cluster_registry> registry(const std::string& node, std::int64_t incarnation) = 0;
  virtual std::unique_ptr<entry_log> writer(const std::string& node, std::int64_t incarnation) = 0;
  /// Ends the server's end of a connection.
  virtual void end_backend(cluster_registry& of) = 0;
  virtual void end_backend(entry_log& of) = 0;
  /// An operator asks a node to drain.
  virtual outcome<void> request_drain(const std::string& node) = 0;
};

std::unique_ptr<cluster_world> postgres_world();
std::unique_ptr<cluster_world> memory_world();

struct world_kind {
  std::string name;
  std::function<std::unique_ptr<cluster_world>()> make;
};
inline std::string name_of(const ::testing::TestParamInfo<world_kind>& info) { return info.param.name; }
inline auto both_worlds() {
  return ::testing::Values(world_kind{"Postgres", postgres_world}, world_kind{"Memory", memory_world});
}

/// A test that runs in both worlds.
class in_both_worlds : public ::testing::TestWithParam<world_kind> {
protected:
  std::unique_ptr<cluster_world> world_ = GetParam().make();
};

}  // namespace parley::testing
