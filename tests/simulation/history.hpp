#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "actors/contract/values/entry.hpp"
#include "actors/contract/values/failure.hpp"
#include "actors/contract/values/limits.hpp"
#include "actors/contract/values/reply.hpp"
#include "actors/contract/values/request.hpp"
#include "actors/contract/values/shard.hpp"

namespace parley::simulation {

/// A connection's number, from 1 in the order opened.
using connection_number = int;

/// What can be seen of nodes from outside: by their clients, in their log, and in who holds its locks.
namespace happened {

struct opened {
  connection_number connection = 0;
  user_id user;
  std::string node{};  // to which
};
/// The connection is gone, whoever ended it.
struct closed {
  connection_number connection = 0;
};
/// The server has read a request.
struct asked {
  connection_number connection = 0;
  request_id id = 0;
  client_request::operation op;
};
/// The server has given the connection an answer.
struct answered {
  connection_number connection = 0;
  request_id id = 0;
  outcome<client_reply> answer{client_reply{}};
};
/// The server has given the connection an event.
struct shown {
  connection_number connection = 0;
  client_event event;
};
/// A transaction has committed this entry, over the connection of this backend; 0: that is not known.
struct committed {
  entry what;
  int backend = 0;
};
/// A backend has taken locks of shards, or they have become free.
struct locked {
  int backend = 0;
  std::vector<shard_index> shards;
  bool taken = true;
};
/// Something was done to the nodes; for who reads the history.
struct fault {
  std::string what;
};

}  // namespace happened

struct record {
  using content = std::variant<happened::opened, happened::closed, happened::asked, happened::answered,
                               happened::shown, happened::committed, happened::locked, happened::fault>;
  std::int64_t at_ms = 0;  // virtual time since the start
  content what;
};

/// Everything that happened, in the order it happened.
struct history {
  std::vector<record> records;
  bool settled = false;  // the run ended after faults had ceased and everything could come to rest
  limits rules;
  std::vector<user_id> people;  // all users that exist
};

/// One line, for a person.
std::string to_text(const record& what);
/// The last `count` records, one line each.
std::string end_of(const history& past, std::size_t count);

}  // namespace parley::simulation
