#include <spdlog/spdlog.h>

#include <iostream>
#include <string>

#include "persistence/postgres_entry_log.hpp"
#include "tests/persistence/support/items.hpp"

// A writer in a process of its own, so that it can be frozen and killed like a node. Arguments: the
// connection string and the incarnation. It takes all shards and says "held"; for each line that it
// reads, "KEY", it appends a message with this key to conversation 1 and says what came of it.

int main(int count, char** arguments) {
  using namespace parley;
  if (count != 3) return 2;
  spdlog::set_level(spdlog::level::off);  // its lines would stand among ours
  postgres_entry_log log{arguments[1], "node-1", {std::stoll(arguments[2])}};
  const auto held = testing::hold(log, testing::all_shards());
  std::cout << (held.has_value() ? "held" : held.error().message) << std::endl;
  for (std::string key; std::getline(std::cin, key);) {
    const auto answer = log.append(std::vector<append_item>{testing::message(1, 1, key, "text")});
    if (answer.has_value())
      std::cout << "written at " << answer.value()[0].seq << std::endl;
    else
      std::cout << (answer.error() == log_failure::fenced ? "fenced" : "disconnected") << std::endl;
  }
  log.release();
  return 0;
}
