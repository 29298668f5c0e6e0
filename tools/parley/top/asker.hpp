#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/top/question.hpp"

namespace parley::top {

/// Asks a cluster, through any of its nodes: through another one when that which was named is gone.
class asker {
public:
  explicit asker(commands::operator_calls calls) : calls_(std::move(calls)) {}

  /// Asks one after the other, until one is not answered. Waits for the answers.
  answers ask(const std::vector<question>& questions);
  /// Has all nodes count so much for ten minutes; `kinds` ends that. Answers what is counted now, in words.
  client::outcome<std::string> set_level(const std::string& level);

private:
  client::outcome<client::http_answer> call(std::string_view method, const std::string& path,
                                            const std::optional<client::json::value>& body,
                                            std::string& note);
  client::outcome<snapshot> take(const question& asked, answers& into);
  void learn_addresses(std::size_t nodes);

  commands::operator_calls calls_;
  std::string asked_;                             // the name of the node behind `calls_`, once it has said so
  std::map<std::string, std::string> addresses_;  // by name
  std::chrono::steady_clock::time_point learned_at_;
};

}  // namespace parley::top
