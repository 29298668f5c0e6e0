#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/top/snapshot.hpp"

namespace parley::top {

/// A snapshot to ask for, as the path of a GET.
struct question {
  enum class about {
    whole,      // all nodes and kinds
    actors,     // the actors that are looked at
    directory,  // what the actors are that those have to do with
  };
  about what = about::whole;
  std::string path;
};

/// What came back for questions that were asked together.
struct answers {
  std::vector<std::pair<question, client::outcome<snapshot>>> parts;
  double took_ms = 0;
  std::size_t bytes = 0;
  std::string note;  // what somebody should know of how it was asked; mostly nothing
};

}  // namespace parley::top
