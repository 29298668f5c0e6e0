#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/contract/values/limits.hpp"

namespace parley {

/// PEM files of one side of a TLS connection; paths are relative to the working directory.
struct tls_settings {
  std::string certificate;
  std::string key;
};

struct node_settings {
  std::string name = "node-1";
  std::string data = "parley-data";  // folder
};

struct listen_settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;         // 0: any
  std::vector<std::string> origins;  // allowed besides the server's own; "*": every
  tls_settings tls;
};

/// Mutual TLS between nodes: all three files, or none.
struct cluster_tls_settings {
  std::string certificate;
  std::string key;
  std::string ca;
};

struct cluster_settings {
  std::string address;  // empty: a node alone
  std::uint16_t port = 7400;
  std::chrono::milliseconds drain_timeout{30'000};
  cluster_tls_settings tls;
};

struct storage_settings {
  std::string url;  // empty: a private PostgreSQL under `node.data`. May hold a password
  std::size_t writers = 1;
  std::size_t readers = 2;
};

struct thread_settings {
  std::size_t io = 1;      // 0: one per core
  std::size_t actors = 0;  // 0: one per core
};

struct presence_settings {
  std::chrono::milliseconds grace{10'000};
};

struct operator_settings {
  std::string token;  // secret; empty: made once per cluster
};

struct inspection_settings {
  std::string level = "kinds";  // kinds, counts or edges
};

struct log_settings {
  std::string level = "info";   // trace, debug, info, warn or error
  std::string format = "text";  // text or json
};

/// Everything a node can be told. The defaults are the product's; `load_settings` changes them.
struct settings {
  node_settings node;
  listen_settings listen;
  cluster_settings cluster;
  storage_settings storage;
  thread_settings threads;
  presence_settings presence;
  parley::limits limits;
  operator_settings operators;  // the group `operator`, which C++ keeps for itself
  inspection_settings inspection;
  log_settings log;
};

}  // namespace parley
