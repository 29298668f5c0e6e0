#include <spdlog/spdlog.h>

#include <iostream>
#include <string>

#include "persistence/private_postgres.hpp"

// The owner of a private PostgreSQL in a process of its own, so that it can be killed. Argument: the data
// folder. Says the server's process, or why there is none; ends when its input does.

int main(int count, char** arguments) {
  if (count != 2) return 2;
  spdlog::set_level(spdlog::level::off);  // its lines would stand among ours
  const auto server = parley::private_postgres::start(arguments[1]);
  std::cout << (server.has_value() ? std::to_string(server.value()->pid()) : server.error().message)
            << std::endl;
  for (std::string line; std::getline(std::cin, line);) continue;
  return 0;
}
