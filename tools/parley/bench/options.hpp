#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace parley::bench {

/// What every mode is told: which node, and where everything runs.
struct node_options {
  std::vector<std::string> urls;  // empty: a node of its own; several: sessions are spread evenly
  std::vector<std::string> data;  // data folders of the nodes at `urls`, for their processor time
  std::string folder;
  std::string node_cores;
  std::string generator_cores;
  std::string postgres_cores = "all";
  std::vector<std::string> node_arguments;
  bool json = false;
};

/// How messages are sent, in `group` and `direct`.
struct message_options {
  std::size_t outstanding = 8;
  std::size_t text_bytes = 100;
  double seconds = 10;
  double warm_up = 2;
  double patience = 30;
};

struct group_options {
  std::size_t members = 100;
  std::size_t senders = 0;  // 0: with a rate all, else as many as the limit of unanswered requests asks for
  double rate = 0;          // messages a second; 0: as fast as answers come
};

struct direct_options {
  std::size_t pairs = 50;
  double rate = 1'000;
};

struct idle_options {
  std::size_t sessions = 15'000;
  std::size_t people = 20;
  std::size_t together = 64;
  double seconds = 10;
};

}  // namespace parley::bench
