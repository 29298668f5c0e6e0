#pragma once

#include "tools/parley/client/json.hpp"
#include "tools/parley/client/problem.hpp"
#include "tools/parley/top/app.hpp"
#include "tools/parley/top/asker.hpp"

namespace parley::top {

enum class plain_form { tables, json };

struct plain_settings {
  std::chrono::milliseconds every{1'000};
  std::size_t actors = 10;
  bool names = false;
  bool is_once = false;
  plain_form form = plain_form::tables;
  filter wanted;
  std::string sort = "messages";  // of the actors
};

/// Prints what there is each time it has passed, from the second look on: rates need two. A problem when the
/// first look fails; later ones are said on stderr and it goes on, unless it is to print only once.
client::outcome<void> print_plain(asker asks, const plain_settings& settings);

/// One look as tables: a line about the cluster, its nodes, its kinds, its hottest actors.
std::string plain_block(const rates& from, const plain_settings& settings);

/// The same as one object.
client::json::object json_block(const rates& from, const plain_settings& settings);

}  // namespace parley::top
